"""Changes of keys and tenants, verbs, and verifies with members that none of them takes."""

from __future__ import annotations

import json

from tests.hostile.case import CANARY, KEY, KEYS, TENANT, TENANTS, VERIFY, Case, refused_fields

_KEY = f"{KEYS}/{KEY}"
_TENANT = f"{TENANTS}/{TENANT}"

_REVISIONS: tuple[tuple[str, object, str], ...] = (
    ("key_type", "management", "set_at_creation"),
    ("environment", "test", "set_at_creation"),
    ("recoverable", True, "set_at_creation"),
    ("prefix", "ab", "set_at_creation"),
    ("import_hash", "0" * 64, "set_at_creation"),
    ("subscription_id", "s", "set_at_creation"),
    ("tenant", TENANT, "set_at_creation"),
    ("created_by", "somebody else", "set_at_creation"),
    ("seconds_until_expiration", 60, "set_at_creation"),
    ("status", "active", "read_only"),
    ("revoked_at", None, "read_only"),
    ("total_requests", 0, "read_only"),
    ("successful_requests_count", 0, "read_only"),
    ("last_rotated_at", "2050-01-31T12:00:00Z", "read_only"),
    ("key_hint", "abcd", "read_only"),
    ("version", 1, "unknown_field"),
    ("secret", "mine", "unknown_field"),
    ("name", None, "null"),
    ("name", "", "too_short"),
    ("hold", "deleted", "unknown_choice"),
    ("scopes", None, "null"),
    ("credits_refill_amount", "x", "not_integer"),
)

_NEW_TENANTS: tuple[tuple[str, object, str], ...] = (
    ("name", "", "too_short"),
    ("name", "\u202e", "invalid_text"),
    ("name", 1, "not_text"),
    ("status", "deleted", "unknown_choice"),
    ("status", None, "null"),
    ("secret_prefix", "A!", "invalid_text"),
    ("secret_prefix", "thirteenchars", "invalid_text"),
    ("on_limiter_loss", "maybe", "unknown_choice"),
    ("metadata", [], "not_object"),
    ("id", "org_mine", "unknown_field"),
    ("is_default", True, "unknown_field"),
    ("created_at", "2050-01-31T12:00:00Z", "unknown_field"),
)

_ASKED: tuple[tuple[str, object, str] | tuple[str, object, str, str], ...] = (
    ("secret", None, "not_text"),
    ("secret", 5, "not_text"),
    ("secret", ["s"], "not_text"),
    ("client_secret", {}, "not_text"),
    ("scopes", "read", "not_list"),
    ("scopes", [""], "too_short", "/0"),
    ("permissions", ["own"], "unknown_choice", "/0"),
    ("resource", "all", "not_object"),
    ("resource", {"type": "a"}, "required"),
    ("resource", {"type": "a", "id": "1", "owner": "me"}, "unknown_field"),
    ("ip", "1.2.3", "invalid_text"),
    ("ip", "10.0.0.0/8", "invalid_text"),
    ("ip", "010.0.0.1", "invalid_text"),
    ("ip", 1, "not_text"),
    ("scheme", "ftp", "unknown_choice"),
    ("scheme", "HTTPS", "unknown_choice"),
    ("environment", "", "too_short"),
    ("origin", "o" * 2049, "invalid_text"),
    ("domain", "line\nbreak", "invalid_text"),
    ("client_certificate", "", "too_short"),
    ("client_certificate", "c" * 16_385, "invalid_text"),
    ("signed_request", {}, "required"),
    ("signed_request", {"method": "GET", "url": "/", "headers": []}, "not_headers", "/headers"),
    (
        "signed_request",
        {"method": "GET", "url": "/", "headers": {"a: b\r\nc": "d"}},
        "bad_header_name",
        "/headers",
    ),
    (
        "signed_request",
        {"method": "GET", "url": "/", "headers": {"a": "b\r\nc: d"}},
        "bad_header_value",
        "/headers",
    ),
    (
        "signed_request",
        {"method": "GET", "url": "/", "headers": {}, "body": "not base64!"},
        "not_base64",
        "/body",
    ),
    ("cost", -1, "out_of_range"),
    ("cost", 1_000_001, "out_of_range"),
    ("cost", 0.5, "not_integer"),
    ("cost", "1", "not_integer"),
    ("cost", True, "not_integer"),
    ("endpoint", "/orders?token=1", "invalid_text"),
    ("endpoint", "e" * 129, "invalid_text"),
    ("lease", "yes", "bad_lease"),
    ("lease", {"seconds": 0}, "out_of_range"),
    ("lease", {"seconds": 3601}, "out_of_range"),
    ("lease", {"seconds": 30, "more": 1}, "bad_lease"),
    ("explain", "true", "not_boolean"),
    ("dry_run", 0, "not_boolean"),
    ("key", CANARY, "unknown_field"),
    ("tenant", "org_other", "unknown_field"),
    ("management", True, "unknown_field"),
    ("now", "2001-01-01T00:00:00Z", "unknown_field"),
)

_REASONS: tuple[tuple[object, str], ...] = (
    (5, "not_text"),
    (["r"], "not_text"),
    ("r" * 501, "invalid_text"),
    ("line\nbreak", "invalid_text"),
    ("\u202e", "invalid_text"),
)

_GRACES: tuple[tuple[object, str], ...] = (
    (-1, "out_of_range"),
    (366 * 86_400 + 1, "out_of_range"),
    (1.5, "not_integer"),
    ("60", "not_integer"),
    (True, "not_integer"),
)


def _titled(verb: str, name: str, value: object) -> str:
    return f"{verb} {name} {json.dumps(value)[:50]}"


def _asking(name: str, value: object, code: str, place: str = "") -> Case:
    members = {"secret": CANARY, name: value}
    error = (f"/{name}{place}", code)
    return refused_fields(_titled("verify", name, value), members, error, path=VERIFY)


def _state(title: str, status: int, code: str, path: str, body: bytes = b"{}") -> Case:
    method = "PATCH" if path == _TENANT else "POST"
    return Case(title, status, code, method=method, path=path, body=body)


CASES = (
    *(
        refused_fields(
            _titled("PATCH", name, value),
            {name: value},
            (f"/{name}", code),
            method="PATCH",
            path=_KEY,
        )
        for name, value, code in _REVISIONS
    ),
    *(
        refused_fields(
            _titled("tenant", name, value),
            {"name": "t", name: value},
            (f"/{name}", code),
            path=TENANTS,
        )
        for name, value, code in _NEW_TENANTS
    ),
    *(_asking(*row) for row in _ASKED),
    *(
        refused_fields(
            _titled("revoke", "reason", value),
            {"reason": value},
            ("/reason", code),
            path=f"{_KEY}/revoke",
        )
        for value, code in _REASONS
    ),
    *(
        refused_fields(
            _titled("rotate", "grace_seconds", value),
            {"grace_seconds": value},
            ("/grace_seconds", code),
            path=f"{_KEY}/rotate",
        )
        for value, code in _GRACES
    ),
    *(
        refused_fields(
            f"{verb} with a field it does not take",
            {"reasons": "r"},
            ("/reasons", "unknown_field"),
            path=f"{_KEY}/{verb}",
        )
        for verb in ("revoke", "disable", "enable", "rotate", "restore", "secret")
    ),
    refused_fields(
        "DELETE with a body",
        {"force": True},
        ("/force", "unknown_field"),
        method="DELETE",
        path=_KEY,
    ),
    refused_fields("a tenant without a name", {}, ("/name", "required"), path=TENANTS),
    refused_fields("a verify of nothing", {}, ("/secret", "required"), path=VERIFY),
    _state("restore what stands", 409, "not_deleted", f"{_KEY}/restore"),
    _state("the secret of a key that keeps none", 409, "secret_not_recoverable", f"{_KEY}/secret"),
    _state(
        "suspend the default tenant",
        409,
        "default_tenant_stays",
        _TENANT,
        b'{"status": "suspended"}',
    ),
    *(
        _state(f"{verb} a key that is not there", 404, "not_found", f"{KEYS}/key_{'0' * 32}/{verb}")
        for verb in ("revoke", "disable", "enable", "rotate", "restore", "secret")
    ),
)
