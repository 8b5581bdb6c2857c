"""Clerk's API Keys API, spoken by this service."""
