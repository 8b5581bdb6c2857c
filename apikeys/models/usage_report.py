"""The use of a key, read out of its hourly buckets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Sum

from apikeys.domain.figures import Figures, UsageReport, amount_of, summed
from apikeys.domain.spans import Span
from apikeys.domain.verdict import Outcome
from apikeys.models.key import ApiKey
from apikeys.models.usage import UsageBucket

ENDPOINTS_SHOWN = 200
OTHER = "other"
_COLUMNS = ("requests", "cost", "errors", "latency_ms_sum")


def usage_of(key: ApiKey, span: Span) -> UsageReport:
    """What the key was used for in the span, in two queries; the key was read with its limits."""
    by_start = {start: Figures() for start in span.starts}
    for row in _rows(key, span, "hour"):
        by_start[span.interval.start(row["hour"])].add(_figures(row))
    totals = summed(by_start.values())
    price = key.limits.cost_per_request
    amount = amount_of(totals.requests, price)
    return UsageReport(span, totals, by_start, _by_endpoint(key, span), amount)


def _rows(key: ApiKey, span: Span, part: str) -> Iterable[Mapping[str, Any]]:
    buckets = UsageBucket.objects.filter(key=key, hour__gte=span.since, hour__lt=span.until)
    sums = {f"{column}_in_all": Sum(column) for column in _COLUMNS}
    # Days and months are made of hours in Python: SQLite would ask Python for every row.
    rows: Iterable[Mapping[str, Any]] = buckets.order_by().values(part, "verdict").annotate(**sums)
    return rows


def _figures(row: Mapping[str, Any]) -> Figures:
    requests: int = row["requests_in_all"]
    match row["verdict"]:
        case Outcome.VALID:
            return Figures(requests=requests, cost=row["cost_in_all"])
        case UsageBucket.REPORTED:
            errors, latency_ms = row["errors_in_all"], row["latency_ms_sum_in_all"]
            return Figures(reported=requests, errors=errors, latency_ms=latency_ms)
        case verdict:
            return Figures(refusals={verdict: requests})


def _by_endpoint(key: ApiKey, span: Span) -> dict[str, Figures]:
    """The most used ones first; what many days have together beyond those is `other`."""
    found: dict[str, Figures] = {}
    for row in _rows(key, span, "endpoint"):
        found.setdefault(row["endpoint"], Figures()).add(_figures(row))
    ranked = sorted(found, key=lambda name: (name == OTHER, *_rank(found[name]), name))
    shown = {name: found[name] for name in ranked[:ENDPOINTS_SHOWN]}
    for name in ranked[ENDPOINTS_SHOWN:]:
        shown.setdefault(OTHER, Figures()).add(found[name])
    return shown


def _rank(figures: Figures) -> tuple[int, int, int]:
    return (-figures.requests, -figures.refused, -figures.reported)
