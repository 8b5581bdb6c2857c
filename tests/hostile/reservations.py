"""Leases that nobody holds, and reservations of what is no number of credits."""

from __future__ import annotations

from tests.hostile.case import CANARY, KEY, KEYS, Case, refused_fields

_RESERVE = f"{KEYS}/{KEY}/reservations"
_LEASES, _HELD = "/api/v1/leases", "/api/v1/reservations"
_NOBODYS = f"lease_{'0' * 56}"


def _reserved(title: str, members: dict[str, object], pointer: str, code: str) -> Case:
    return refused_fields(f"reserve: {title}", members, (pointer, code), path=_RESERVE)


def _sent(title: str, body: bytes, pointer: str, code: str) -> Case:
    errors = ((pointer, code),)
    return Case(f"reserve: {title}", 400, "invalid_input", errors, path=_RESERVE, body=body)


def _missing(path: str, body: bytes = b"") -> Case:
    return Case(f"POST {path}", 404, "not_found", path=path, body=body)


_COUNTS: tuple[tuple[object, str], ...] = (
    (0, "out_of_range"),
    (-1, "out_of_range"),
    (1_000_001, "out_of_range"),
    (2**63, "out_of_range"),
    (1.0, "not_integer"),
    ("1", "not_integer"),
    (True, "not_integer"),
    (None, "not_integer"),
    ([1], "not_integer"),
    ({"amount": 1}, "not_integer"),
)
_SECONDS: tuple[tuple[object, str], ...] = (
    (0, "out_of_range"),
    (-300, "out_of_range"),
    (86_401, "out_of_range"),
    (0.5, "not_integer"),
    ("P1D", "not_integer"),
    (False, "not_integer"),
)
_IDS = ("x", "res_", f"res_{'0' * 32}", f"res_{'0' * 32}%0A", "..%2F..", "%E2%80%AE", "r" * 200)
_LEASE_IDS = (
    *("x", "lease_", _NOBODYS, f"{_NOBODYS}0", f"{_NOBODYS}%0A", _NOBODYS.upper()),
    *(f"lease_{'%D9%A0' * 56}", f"key_{'0' * 32}", "..%2F..", "%27%20OR%201=1--"),
)

CASES = (
    *(_reserved(f"{it!r} credits", {"credits": it}, "/credits", code) for it, code in _COUNTS),
    *(
        _reserved(f"for {it!r} s", {"credits": 1, "seconds": it}, "/seconds", code)
        for it, code in _SECONDS
    ),
    _reserved("nothing", {}, "/credits", "required"),
    _reserved("an id of one's own", {"credits": 1, "id": "res_1"}, "/id", "unknown_field"),
    _reserved("an end", {"credits": 1, "expires_at": None}, "/expires_at", "unknown_field"),
    _sent("NaN", b'{"credits": NaN}', "/credits", "not_a_number"),
    _sent("credits twice", b'{"credits": 1, "credits": 2}', "/credits", "duplicate_member"),
    Case(
        "reserve of a key without credits",
        409,
        "no_credits",
        path=_RESERVE,
        body=b'{"credits": 1}',
    ),
    Case(
        "reserve with a secret as Idempotency-Key",
        400,
        "invalid_input",
        (("/Idempotency-Key", "credential_as_key"),),
        path=_RESERVE,
        body=b'{"credits": 1}',
        headers={"Idempotency-Key": CANARY},
        unseen=CANARY,
    ),
    Case(
        "reserve with a parameter",
        400,
        "invalid_input",
        (("/credits", "unknown_parameter"),),
        path=_RESERVE,
        query="credits=1",
        body=b'{"credits": 1}',
    ),
    *(_missing(f"{_HELD}/{it}/settle", b'{"credits": 1}') for it in _IDS),
    *(_missing(f"{_HELD}/{it}/release") for it in _IDS),
    *(_missing(f"{_LEASES}/{it}/release") for it in _LEASE_IDS),
    refused_fields(
        "release a lease with a reason",
        {"reason": "done"},
        ("/reason", "unknown_field"),
        path=f"{_LEASES}/{_NOBODYS}/release",
    ),
    refused_fields(
        "release a reservation in part",
        {"credits": 1},
        ("/credits", "unknown_field"),
        path=f"{_HELD}/res_{'0' * 32}/release",
    ),
)
