"""Mixpeek's organisation keys, spoken by this service."""
