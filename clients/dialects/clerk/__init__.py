"""Clerk's machines and machine-to-machine tokens, spoken by this service.

They share the mount with Clerk's API keys, which are a dialect of `apikeys`.
"""
