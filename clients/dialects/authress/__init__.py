"""Authress' service clients and access keys, spoken by this service."""
