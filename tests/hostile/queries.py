"""Query strings: filters, pages, and credentials where none belongs."""

from __future__ import annotations

from tests.hostile.case import AUDIT, CANARY, KEY, KEYS, TENANTS, VERIFY, Case

_WHATEVER = "canary-4f1c"


def _bad(query: str, pointer: str, code: str, path: str = KEYS) -> Case:
    return Case(
        f"{path} ?{query[:100]}",
        400,
        "invalid_input",
        ((pointer, code),),
        method="GET",
        path=path,
        query=query,
    )


def _credential(query: str, path: str = KEYS, method: str = "GET", unseen: str = _WHATEVER) -> Case:
    return Case(
        f"{method} {path} ?{query}",
        400,
        "credential_in_url",
        method=method,
        path=path,
        query=query,
        unseen=unseen,
    )


_LIMITS = (
    "0",
    "101",
    "-1",
    "1.5",
    "1e1",
    "abc",
    "0x10",
    "+5",
    "%205",
    "",
    "999999999999",
    "%D9%A1",
)

_CURSORS = (
    "",
    "abc",
    "A" * 72,
    "A" * 71,
    "%27%20OR%201=1--",
    "..%2F..%2Fetc%2Fpasswd",
    "eyJwayI6MX0=",
    "0",
)

_FILTERS = (
    ("status=frozen", "/status", "invalid_choice"),
    ("status=ACTIVE", "/status", "invalid_choice"),
    ("status=", "/status", "empty_parameter"),
    ("status=active%2Crevoked", "/status", "invalid_choice"),
    ("environment=production", "/environment", "invalid_choice"),
    ("key_type=root", "/key_type", "invalid_choice"),
    ("hold=none", "/hold", "invalid_choice"),
    ("expires_before=tomorrow", "/expires_before", "not_time"),
    ("expires_before=2050-01-31", "/expires_before", "not_time"),
    ("expires_after=1e9", "/expires_after", "not_time"),
    ("created_before=2050-02-30T00:00:00Z", "/created_before", "not_time"),
    ("unused_since=0001-01-01T00:00:00Z", "/unused_since", "out_of_range"),
    ("unused_since=", "/unused_since", "empty_parameter"),
    ("search=", "/search", "empty_parameter"),
    ("tenant", "/tenant", "empty_parameter"),
    ("search=%00", "/search", "invalid_characters"),
    ("search=a%0Ab", "/search", "invalid_characters"),
    ("search=%1B%5B31m", "/search", "invalid_characters"),
    ("search=%C2%85", "/search", "invalid_characters"),
    ("search=%", "/search", "invalid_characters"),
    ("search=%4", "/search", "invalid_characters"),
    ("search=%zz", "/search", "invalid_characters"),
    ("search=%u0041", "/search", "invalid_characters"),
    ("search=%FF", "/search", "invalid_characters"),
    ("search=%C0%80", "/search", "invalid_characters"),
    ("search=%ED%A0%80", "/search", "invalid_characters"),
    ("search=%F4%90%80%80", "/search", "invalid_characters"),
    ("search=" + "s" * 513, "/search", "invalid_characters"),
    ("subject=%00", "/subject", "invalid_characters"),
    ("name=%00", "/name", "invalid_characters"),
    ("tag=%00", "/tag", "invalid_characters"),
    ("scope=%00", "/scope", "invalid_characters"),
    ("tenant=%00", "/tenant", "invalid_characters"),
    ("created_by=%ED%B0%80", "/created_by", "invalid_characters"),
    ("search=a&search=b", "/search", "repeated_parameter"),
    ("limit=5&l%69mit=6", "/limit", "repeated_parameter"),
    ("serach=a", "/serach", "unknown_parameter"),
    ("page=2", "/page", "unknown_parameter"),
    ("offset=20", "/offset", "unknown_parameter"),
    ("format=xml", "/format", "unknown_parameter"),
    ("ordering=-id", "/ordering", "unknown_parameter"),
    ("search[]=a", "/search[]", "unknown_parameter"),
    ("search[$ne]=a", "/search[$ne]", "unknown_parameter"),
    ("tenant__name=a", "/tenant__name", "unknown_parameter"),
    ("secrets__digest=a", "/secrets__digest", "unknown_parameter"),
    ("is_root=true", "/is_root", "unknown_parameter"),
    ("SEARCH=a", "/SEARCH", "unknown_parameter"),
    ("search;limit=5", "/search;limit", "unknown_parameter"),
    ("%00=a", "/%00", "unknown_parameter"),
    ("=a", "/", "unknown_parameter"),
    ("a~/b=1", "/a~0~1b", "unknown_parameter"),
    ("&".join(f"p{number}=1" for number in range(101)), "", "too_many_parameters"),
)

# In every spelling that a server or a proxy might read as the same name.
_NAMES = (
    "key",
    "token",
    "secret",
    "api_key",
    "apikey",
    "access_token",
    "client_secret",
    "KEY",
    "Api_Key",
    "%6bey",
    "k%65y",
    "api%5Fkey",
    "%256bey",
    "+key",
    "key+",
    "%20token",
    "tok%65n",
    "SECRET",
)

CASES = (
    *(_bad(f"limit={limit}", "/limit", "invalid_limit") for limit in _LIMITS),
    *(_bad(f"cursor={cursor}", "/cursor", "invalid_cursor") for cursor in _CURSORS),
    *(_bad(*row) for row in _FILTERS),
    _bad("status=gone", "/status", "invalid_choice", TENANTS),
    _bad("search=%00", "/search", "invalid_characters", TENANTS),
    _bad("is_default=true", "/is_default", "unknown_parameter", TENANTS),
    _bad("action=key.stolen", "/action", "invalid_choice", AUDIT),
    _bad("since=yesterday", "/since", "not_time", AUDIT),
    _bad("actor=%00", "/actor", "invalid_characters", AUDIT),
    _bad("mac=a", "/mac", "unknown_parameter", AUDIT),
    _bad("limit=5", "/limit", "unknown_parameter", f"{KEYS}/{KEY}"),
    _bad("fields=secret", "/fields", "unknown_parameter", f"{KEYS}/{KEY}"),
    *(_credential(f"{name}={_WHATEVER}") for name in dict.fromkeys(_NAMES)),
    _credential(f"limit=5&&&secret={_WHATEVER}"),
    _credential("token"),
    _credential(f"key={_WHATEVER}", path=VERIFY, method="POST"),
    _credential(f"token={_WHATEVER}", path=f"{KEYS}/{KEY}", method="DELETE"),
    _credential(f"secret={_WHATEVER}", path="/nowhere"),
    _credential(f"api_key={_WHATEVER}", path="/admin/login/"),
    _credential(f"key={_WHATEVER}", path="/readyz"),
    _credential(f"search={CANARY}", unseen=CANARY),
    _credential(f"q={CANARY.replace('_', '%5F')}", unseen=CANARY),
    _credential(f"q={CANARY.replace('_', '%255F')}", unseen=CANARY),
    _credential(f"next=/login%3Fx%3D{CANARY}", unseen=CANARY),
    _credential("q=" + "".join(f"%{ord(letter):02x}" for letter in CANARY), unseen=CANARY),
)
