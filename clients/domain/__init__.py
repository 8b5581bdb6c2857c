"""What a service client is, and what a token must be to be one of its. No Django, no request."""
