"""The Django admin: staff issue, watch, rotate and revoke keys here."""
