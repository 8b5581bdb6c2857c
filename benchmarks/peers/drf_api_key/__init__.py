"""djangorestframework-api-key, as its guide sets it up."""
