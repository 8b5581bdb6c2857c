"""`/api/v1/usage` and `/api/v1/api_keys/{id}/usage`: what keys are used for, and how that went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import usage_schemas as schemas
from apikeys.api.fields import only
from apikeys.api.filters import AttemptFilter
from apikeys.api.openapi import documented
from apikeys.api.strict_json import BULK_BODY_LIMIT_BYTES, json_object
from apikeys.api.views import ListViewSet, ManagementViewSet
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import NotFound
from apikeys.domain.figures import Figures, UsageReport
from apikeys.domain.kinds import Choice, Instant, Kind
from apikeys.domain.spans import Interval, Span
from apikeys.models import ApiKey, RefusedAttempt
from apikeys.models.usage_report import usage_of
from apikeys.operations.idempotency import Answer
from apikeys.operations.reporting import report_usage

_QUERY: Mapping[str, Kind] = {
    "from": Instant(),
    "to": Instant(),
    "interval": Choice(tuple(str(interval) for interval in Interval)),
}


class UsageViewSet(ManagementViewSet):
    """Reports of how requests went, in bulk."""

    body_limit_bytes = BULK_BODY_LIMIT_BYTES
    scopes: ClassVar[Mapping[str, str]] = {"report": "usage:write"}

    @documented(
        "Report how requests went",
        body=schemas.UsageEvents,
        answer=schemas.Receipt,
        status=202,
        once=True,
    )
    def report(self, request: Request) -> Response:
        body = only(json_object(request), "events")

        def work() -> Answer:
            receipt = report_usage(self.actor, body.get("events"))
            return Answer(202, asdict(receipt), {})

        return self.once(request, work)


class KeyUsageViewSet(ManagementViewSet):
    """The use of one key, rolled up."""

    scopes: ClassVar[Mapping[str, str]] = {"retrieve": "usage:read"}

    def known_query_names(self) -> frozenset[str]:
        return frozenset(_QUERY)

    @documented("Read what a key was used for", answer=schemas.KeyUsage, query=_QUERY)
    def retrieve(self, request: Request, key_id: str) -> Response:
        span = _span(request, self)
        keys = ApiKey.objects.of_tenant(self.actor.tenant_id).existing().select_related("limits")
        key = keys.filter(public_id=key_id).first()
        if key is None:
            raise NotFound
        return Response(_rendered(key, usage_of(key, span)))


class RefusedAttemptViewSet(ListViewSet):
    """Refused verifies by reason and source, the hours that began last first."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = AttemptFilter
    queryset = RefusedAttempt.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {"list": "usage:read"}

    def get_queryset(self) -> Any:
        attempts = RefusedAttempt.objects.select_related("tenant")
        reach = self.actor.tenant_id
        return attempts if reach is None else attempts.filter(tenant__public_id=reach)

    @documented("List refused verifies by source", answer=schemas.RefusedAttempt, many=True)
    def list(self, request: Request) -> Response:
        return self.respond_with_page(request, _attempt)


def _span(request: Request, view: ManagementViewSet) -> Span:
    # An unescaped + arrives as a space.
    given = {name: str(text).replace(" ", "+") for name, text in request.query_params.items()}
    asked = clean_members(given, _QUERY)
    interval = Interval(asked.get("interval", Interval.DAY))
    return Span.around(asked.get("from"), asked.get("to"), interval, view.now)


def _rendered(key: ApiKey, report: UsageReport) -> dict[str, Any]:
    return {
        "key_id": key.public_id,
        "from": report.span.since,
        "to": report.span.until,
        "interval": report.span.interval,
        "totals": {**_figures(report.totals), "amount": report.amount},
        "intervals": [
            {"start": start, **_figures(figures)} for start, figures in report.by_start.items()
        ],
        "endpoints": [
            {"endpoint": name, **_figures(figures)} for name, figures in report.by_endpoint.items()
        ],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "requests": figures.requests,
        "refused": figures.refused,
        "by_verdict": figures.by_verdict,
        "cost": figures.cost,
        "reported": figures.reported,
        "errors": figures.errors,
        "success_rate": figures.success_rate,
        "average_latency_ms": figures.average_latency_ms,
    }


def _attempt(row: RefusedAttempt) -> dict[str, Any]:
    return {
        "tenant": row.tenant.public_id,
        "hour": row.hour,
        "reason": row.reason,
        "source": row.source,
        "attempts": row.attempts,
    }
