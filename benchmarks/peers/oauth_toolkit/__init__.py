"""django-oauth-toolkit: opaque tokens that other services ask about (RFC 7662)."""
