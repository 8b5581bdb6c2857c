"""The native REST surface for service clients, and what its neighbours share of it."""
