"""Service clients: machines with an identity of their own, their access keys and their tokens.

Stands on `apikeys`, ring by ring, and is never imported by it. App label: `service_clients`.
"""
