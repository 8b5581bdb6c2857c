"""PlaybookMedia's API keys, spoken by this service."""
