"""New keys that are wrong as a whole.

A field is missing or unknown, several are wrong, or two do not go together.
"""

from __future__ import annotations

from tests.hostile.case import refused_fields

CASES = (
    refused_fields("no name", {}, ("/name", "required")),
    refused_fields(
        "a name of a field that is a pointer",
        {"name": "n", "a/b~c": 1},
        ("/a~1b~0c", "unknown_field"),
    ),
    refused_fields(
        "a very long name of a field",
        {"name": "n", "f" * 500: 1},
        ("/" + "f" * 100, "unknown_field"),
    ),
    refused_fields(
        "every field wrong",
        {"name": 1, "tags": 2, "credits": "3", "hold": 4},
        ("/name", "not_text"),
        ("/tags", "not_list"),
        ("/credits", "not_integer"),
        ("/hold", "unknown_choice"),
    ),
    refused_fields(
        "a management key with a scope of its own",
        {"name": "n", "key_type": "management", "scopes": ["api_keys:read", "root"]},
        ("/scopes/1", "unknown_scope"),
    ),
    refused_fields(
        "a management key with a wildcard of its own",
        {"name": "n", "key_type": "management", "scopes": ["api_keys:*"]},
        ("/scopes/0", "unknown_scope"),
    ),
    refused_fields(
        "a refill without an interval",
        {"name": "n", "credits": 1, "credits_refill_amount": 5},
        ("/credits_refill_interval", "incomplete"),
    ),
    refused_fields(
        "a refill of nothing",
        {"name": "n", "credits_refill_amount": 5, "credits_refill_interval": "daily"},
        ("/credits", "incomplete"),
    ),
    refused_fields(
        "two ends",
        {"name": "n", "expires_at": "2050-01-31T12:00:00Z", "seconds_until_expiration": 60},
        ("/seconds_until_expiration", "conflict"),
    ),
    refused_fields(
        "a prefix for an imported key",
        {"name": "n", "import_hash": "0" * 64, "prefix": "ab"},
        ("/prefix", "conflict"),
    ),
    refused_fields(
        "an imported key that is to be recoverable",
        {"name": "n", "import_hash": "0" * 64, "recoverable": True},
        ("/recoverable", "conflict"),
    ),
)
