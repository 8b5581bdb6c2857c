"""A verdict on the wire, for both servers of verify: the fast lane and Django's view.

The part that says what the key is changes only with the key, so it is encoded once for as long as
the record cache keeps the same `Terms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Any

from apikeys.api import schemas
from apikeys.api.negotiation import PlainJSONRenderer
from apikeys.domain.lifecycle import Status, status_of
from apikeys.domain.terms import Terms
from apikeys.domain.verdict import LimitState, Outcome, Verdict

# Every answer of verify has these. `Allow` is what the REST framework adds to its own answers.
HEADERS: Mapping[str, str] = {
    "Content-Type": "application/json",
    "Allow": "POST",
    "Cache-Control": "no-store",
}


def status_code(verdict: Verdict) -> int:
    """200 for whatever could be decided."""
    return 503 if verdict.outcome is Outcome.UNDETERMINED else 200


def body_of(verdict: Verdict, now: datetime, *, explain: bool = False) -> bytes:
    """The answer as JSON in ASCII; the key only where the caller may know of it."""
    key = b"null" if verdict.terms is None else _encoded_at(verdict.terms, now)
    head = b'{"valid":%s,"code":"%s","key":' % (
        b"true" if verdict.valid else b"false",
        verdict.outcome.encode("ascii"),
    )
    return head + key + _rest(verdict, explain=explain) + b"}"


def encoded_key(terms: Terms, status: Status) -> bytes:
    """The key's own part of an answer, taken from the last time if these are the same terms."""
    encoded = terms.reuse.get(status)
    if encoded is None:
        encoded = terms.reuse[status] = _json(_key(terms, status))
    return encoded


def _encoded_at(terms: Terms, now: datetime) -> bytes:
    return encoded_key(terms, status_of(terms, now))


def _rest(verdict: Verdict, *, explain: bool) -> bytes:
    wait = "null" if verdict.retry_after is None else verdict.retry_after
    lease = "null" if verdict.lease is None else encode_basestring_ascii(verdict.lease)
    limits = ",".join([_limit(limit) for limit in verdict.limits])
    told = f',"limits":[{limits}],"retry_after":{wait},"lease":{lease}'.encode("ascii")
    if not explain:
        return told
    return told + b',"checks":' + _json([asdict(check) for check in verdict.checks])


def _limit(limit: LimitState) -> str:
    """Written out: most answers have some, and what is general takes ten times as long."""
    return (
        f'{{"name":{encode_basestring_ascii(limit.name)},"limit":{limit.limit},'
        f'"remaining":{limit.remaining},"reset_at":{_moment(limit.reset_at)}}}'
    )


def _moment(moment: datetime | None) -> str:
    """As `PlainJSONRenderer` writes it; null for a limit that never becomes whole again."""
    if moment is None:
        return "null"
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f'"{moment.isoformat().removesuffix("+00:00")}Z"'


def _key(terms: Terms, status: Status) -> dict[str, Any]:
    resources = terms.resource_scopes
    otherwise = {
        "id": terms.key_id,
        "tenant": terms.tenant_id,
        "status": status,
        "resource_scopes": None if resources is None else [it.as_json() for it in resources],
    }
    return {
        name: otherwise[name] if name in otherwise else getattr(terms, name)
        for name in schemas.VERIFIED
    }


def _json(value: object) -> bytes:
    rendered: bytes = PlainJSONRenderer().render(value)
    return rendered
