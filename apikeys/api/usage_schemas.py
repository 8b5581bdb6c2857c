"""The shapes of what is told and reported of usage, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from apikeys.api.fields import KindField, shape
from apikeys.domain.kinds import (
    Amount,
    Choice,
    Count,
    Fraction,
    Instant,
    Items,
    Number,
    Text,
    or_null,
)
from apikeys.domain.reports import EVENTS_MAX, MEMBERS, REQUIRED
from apikeys.domain.spans import Interval
from apikeys.domain.structures import Json
from apikeys.domain.verdict import Outcome

REASONS = tuple(str(outcome) for outcome in Outcome if outcome is not Outcome.VALID)


def _answered(kind: Any, note: str = "", **kwargs: Any) -> KindField:
    return KindField(kind, note=note, read_only=True, **kwargs)


class _Events(Items):
    """A list of 1 to 1000 events, each judged on its own."""

    def schema(self) -> dict[str, Any]:
        properties = {
            name: kind.schema() if name in REQUIRED else or_null(kind.schema())
            for name, kind in MEMBERS.items()
        }
        event = {
            "type": "object",
            "properties": properties,
            "required": list(REQUIRED),
            "additionalProperties": False,
        }
        return {"type": "array", "items": event, "minItems": 1, "maxItems": EVENTS_MAX}


UsageEvents = shape("UsageEvents", [], events=KindField(_Events(Text(0), EVENTS_MAX)))
RejectedEvent = shape(
    "RejectedEvent",
    [],
    pointer=_answered(Text(200), "the first fault of an event: /events/3/status"),
    code=_answered(Text(64)),
    detail=_answered(Text(1000)),
)
Receipt = shape(
    "UsageReceipt",
    [],
    accepted=_answered(Count(), "events that count from now on"),
    duplicates=_answered(Count(), "events whose id was taken before"),
    rejected=RejectedEvent(many=True, read_only=True),
)

_FIGURES = {
    "requests": (Count(), "verifies answered valid"),
    "refused": (Count(), "verifies answered otherwise"),
    "by_verdict": (Json(4096, mapping=True), "verifies by the code of their answer"),
    "cost": (Count(), "what the valid ones cost, in credits"),
    "reported": (Count(), "requests of which the outcome was reported"),
    "errors": (Count(), "of these, those with a status of 400 or more"),
}


def _figures(**before: KindField) -> dict[str, Any]:
    return {
        **before,
        **{name: _answered(kind, note) for name, (kind, note) in _FIGURES.items()},
        "success_rate": _answered(Fraction(), "successes / reported", allow_null=True),
        "average_latency_ms": _answered(Number(), allow_null=True),
    }


UsageTotal = shape(
    "UsageTotal",
    [],
    **_figures(),
    amount=_answered(Amount(), "requests x cost_per_request", allow_null=True),
)
UsageOfInterval = shape("UsageOfInterval", [], **_figures(start=_answered(Instant())))
UsageOfEndpoint = shape(
    "UsageOfEndpoint", [], **_figures(endpoint=_answered(Text(128), "empty: none was named"))
)
KeyUsage = shape(
    "KeyUsage",
    [],
    key_id=_answered(Text(40)),
    interval=_answered(Choice(tuple(Interval))),
    totals=UsageTotal(read_only=True),
    intervals=UsageOfInterval(many=True, read_only=True),
    endpoints=UsageOfEndpoint(many=True, read_only=True),
    parts={"from": _answered(Instant()), "to": _answered(Instant())},
)
RefusedAttempt = shape(
    "RefusedAttempt",
    [],
    tenant=_answered(Text(40)),
    hour=_answered(Instant(), "the UTC hour that begins then"),
    reason=_answered(Choice(REASONS)),
    source=_answered(Text(45), "the address; `other` for many; empty if it was not told"),
    attempts=_answered(Count(1)),
)
