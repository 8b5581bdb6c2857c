"""Take reports of how requests went: each counts once, whoever sends it how often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from apikeys.domain.actors import Actor
from apikeys.domain.errors import FieldError, InvalidInput
from apikeys.domain.reports import AGE_MAX, AHEAD_MAX, EVENTS_MAX, Report, clean_report
from apikeys.models import ApiKey, RecentError, ReportedEvent, UsageBucket
from apikeys.operations.reaching import utc_now
from apikeys.operations.rollups import Place, Sums, hour_of, roll_up
from apikeys.operations.transactions import mutation
from apikeys.operations.upserts import insert_new

FAILURES_KEPT = 50  # a key

# An event that is taken at its latest can come from a clock that is ahead; see `clean_report`.
REMEMBERED = AGE_MAX + AHEAD_MAX

Ids = dict[str, tuple[int, int]]  # primary keys of key and tenant, by the key's id


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the reports: `rejected` has the first fault of each that was not taken."""

    accepted: int
    duplicates: int
    rejected: tuple[FieldError, ...]


@mutation
def report_usage(actor: Actor, events: object, *, now: datetime | None = None) -> Receipt:
    """Count what `events` tell, a list of 1 to 1000 objects as `domain.reports` has them.

    An event that breaks a rule, or is about a key that the actor does not reach, is told in the
    receipt and keeps no other from counting. One whose id was taken within seven days is a
    duplicate. Raises `InvalidInput` for what is no such list.
    """
    now = now or utc_now()
    reports, rejected = _cleaned(_listed(events), now)
    keys = _reached(actor, {report.key_id for report in reports.values()})
    for index, report in reports.items():
        if report.key_id not in keys:
            rejected[index] = _unknown_key(index)
    known = [report for report in reports.values() if report.key_id in keys]
    fresh = _first_time(known, keys, now)
    roll_up(_sums(fresh, keys))
    _keep_failures(fresh, keys)
    told = tuple(rejected[index] for index in sorted(rejected))
    return Receipt(len(fresh), len(known) - len(fresh), told)


def _listed(events: object) -> Sequence[object]:
    if not isinstance(events, list | tuple):
        raise InvalidInput.at("/events", "not_list", f"Give a list of 1 to {EVENTS_MAX} events.")
    if not events:
        raise InvalidInput.at("/events", "too_few", "Give at least one event.")
    if len(events) > EVENTS_MAX:
        detail = f"Give at most {EVENTS_MAX} events; send the others with another request."
        raise InvalidInput.at("/events", "too_many", detail)
    return events


def _cleaned(
    events: Sequence[object], now: datetime
) -> tuple[dict[int, Report], dict[int, FieldError]]:
    """Reports and faults, both by their place in the list."""
    reports: dict[int, Report] = {}
    faults: dict[int, FieldError] = {}
    for index, event in enumerate(events):
        try:
            reports[index] = clean_report(event, now)
        except InvalidInput as error:
            first = error.errors[0]
            faults[index] = FieldError(f"/events/{index}{first.pointer}", first.code, first.detail)
    return reports, faults


def _reached(actor: Actor, key_ids: Iterable[str]) -> Ids:
    keys = ApiKey.objects.of_tenant(actor.tenant_id).existing().filter(public_id__in=key_ids)
    return {it[0]: it[1:] for it in keys.values_list("public_id", "pk", "tenant_id")}


def _unknown_key(index: int) -> FieldError:
    detail = "There is no such key, or it is not yours. Check the id."
    return FieldError(f"/events/{index}/key_id", "not_found", detail)


def _first_time(reports: Sequence[Report], keys: Ids, now: datetime) -> list[Report]:
    """Those that nobody has sent within the time for which ids are remembered."""
    # Where the same id comes twice in one list, the first counts.
    named: dict[tuple[int, str], Report] = {}
    for report in reports:
        named.setdefault((keys[report.key_id][1], report.event_id), report)
    rows = dict.fromkeys(named, (now,))
    identity = ("tenant", "event_id")
    fresh = insert_new(ReportedEvent, identity, rows, "received_at", now - REMEMBERED)
    return [report for name, report in named.items() if name in fresh]


def _sums(reports: Iterable[Report], keys: Ids) -> dict[Place, Sums]:
    sums: dict[Place, Sums] = {}
    for it in reports:
        pk, _ = keys[it.key_id]
        place = Place(pk, hour_of(it.at), it.endpoint, UsageBucket.REPORTED)
        one = Sums(requests=1, errors=int(it.failed), latency_ms=it.latency_ms)
        sums[place] = sums.get(place, Sums()).plus(one)
    return sums


def _keep_failures(reports: Iterable[Report], keys: Ids) -> None:
    """Add the failed ones to the latest of their keys, and drop what is no longer among these."""
    by_key: dict[int, list[Report]] = defaultdict(list)
    for report in reports:
        if report.failed:
            by_key[keys[report.key_id][0]].append(report)
    RecentError.objects.bulk_create(_latest(by_key))
    numbered = RecentError.objects.filter(key_id__in=by_key).annotate(
        place=Window(RowNumber(), partition_by="key_id", order_by=[F("at").desc(), F("id").desc()])
    )
    old = list(numbered.filter(place__gt=FAILURES_KEPT).values_list("pk", flat=True))
    RecentError.objects.filter(pk__in=old).delete()


def _latest(by_key: Mapping[int, list[Report]]) -> list[RecentError]:
    return [
        RecentError(
            key_id=key,
            at=it.at,
            endpoint=it.endpoint,
            method=it.method,
            status=it.status,
            latency_ms=it.latency_ms,
        )
        for key, failed in by_key.items()
        for it in sorted(failed, key=lambda report: report.at)[-FAILURES_KEPT:]
    ]
