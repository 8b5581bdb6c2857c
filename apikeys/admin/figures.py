"""The use of a key as pictures, each with its numbers as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apikeys.admin.charts import Chart, Series, bars, columns
from apikeys.admin.showing import NOTHING
from apikeys.domain.figures import Figures, UsageReport

ENDPOINTS_DRAWN = 10


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its title, a sentence for who cannot see it, and its numbers."""

    name: str
    title: str
    summary: str
    chart: Chart
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]


def pictures_of(report: UsageReport) -> Iterator[Picture]:
    """Verifies and latency by day, use by endpoint, answers by verdict."""
    days = {f"{start:%Y-%m-%d}": figures for start, figures in report.by_start.items()}
    yield _requests(days, report.totals)
    yield _latency(days, report.totals)
    yield _endpoints(report.by_endpoint)
    yield _verdicts(report.totals)


def _requests(days: Mapping[str, Figures], totals: Figures) -> Picture:
    series = [
        Series("valid", _("valid"), [it.requests for it in days.values()]),
        Series("refused", _("refused"), [it.refused for it in days.values()]),
    ]
    counts = {"valid": totals.requests, "refused": totals.refused, "days": len(days)}
    return Picture(
        "requests",
        _("Verifies by day"),
        _("%(valid)s valid and %(refused)s refused ones in %(days)s days.") % counts,
        columns([day[5:] for day in days], series),
        [_("Day"), _("Valid"), _("Refused"), _("Credits")],
        [(day, it.requests, it.refused, it.cost) for day, it in days.items()],
    )


def _latency(days: Mapping[str, Figures], totals: Figures) -> Picture:
    average = [it.average_latency_ms for it in days.values()]
    counts = {"reported": totals.reported, "average": _told(totals.average_latency_ms)}
    return Picture(
        "latency",
        _("Average latency by day, in milliseconds"),
        _("%(average)s ms on average over %(reported)s reported requests.") % counts,
        columns([day[5:] for day in days], [Series("latency", _("ms"), average)]),
        [_("Day"), _("Milliseconds"), _("Reported"), _("Errors")],
        [(day, _told(it.average_latency_ms), it.reported, it.errors) for day, it in days.items()],
    )


def _endpoints(found: Mapping[str, Figures]) -> Picture:
    named = {name or _("(none named)"): it for name, it in found.items()}
    drawn = [(name, it.requests) for name, it in named.items() if it.requests][:ENDPOINTS_DRAWN]
    summary = ngettext(
        "%(count)s endpoint; those with the most valid verifies are drawn.",
        "%(count)s endpoints; those with the most valid verifies are drawn.",
        len(named),
    )
    return Picture(
        "endpoints",
        _("Valid verifies by endpoint"),
        summary % {"count": len(named)},
        bars(drawn, "valid"),
        [_("Endpoint"), _("Valid"), _("Refused"), _("Reported"), _("Errors"), _("ms on average")],
        [
            (name, it.requests, it.refused, it.reported, it.errors, _told(it.average_latency_ms))
            for name, it in named.items()
        ],
    )


def _verdicts(totals: Figures) -> Picture:
    ranked = sorted(totals.by_verdict.items(), key=lambda it: (-it[1], it[0]))
    return Picture(
        "verdicts",
        _("Verifies by verdict"),
        _("How often each verdict was given."),
        bars([(verdict.replace("_", " "), count) for verdict, count in ranked], "verdict"),
        [_("Verdict"), _("Verifies")],
        [(verdict.replace("_", " "), count) for verdict, count in ranked],
    )


def _told(value: float | None) -> str:
    return NOTHING if value is None else f"{value:g}"
