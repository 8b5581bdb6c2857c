"""The page that tells what a key was used for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apikeys.admin.figures import pictures_of
from apikeys.admin.pages import PagesMixin
from apikeys.admin.showing import NOTHING, Row, moment
from apikeys.admin.staff import allows, require
from apikeys.domain.figures import UsageReport
from apikeys.domain.spans import Interval, Span, days_before
from apikeys.models import ApiKey, RefusedAttempt
from apikeys.models.usage_report import usage_of
from apikeys.operations.reaching import utc_now

_DAYS = (7, 30, 90)
_DAYS_DEFAULT = 30


class UsageMixin(PagesMixin):
    """Adds the page to every key."""

    def usage_urls(self) -> list[Any]:
        return [
            path("<int:pk>/usage/", self.own(self.usage_view), name="apikeys_apikey_usage"),
        ]

    def usage_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pictures, totals and the latest errors; for who may see the key."""
        require(request, "view_apikey")
        key, days = self.found(request, pk), _days(request)
        report = usage_of(key, _span(days, utc_now()))
        return self.page(
            request,
            "usage",
            _("Usage of %(key)s") % {"key": key.name},
            original=key,
            spans=[(_last(it), it, it == days) for it in _DAYS],
            totals=list(_totals(report, key)),
            pictures=list(pictures_of(report)),
            failures=[(moment(it.at), it) for it in key.failures.order_by("-at", "-id")],
            attempts_url=self._attempts_url(request, key),
        )

    def _attempts_url(self, request: HttpRequest, key: ApiKey) -> str:
        is_there = self.admin_site.is_registered(RefusedAttempt)
        if not is_there or not allows(request, "view_refusedattempt"):
            return ""
        name = "admin:apikeys_refusedattempt_changelist"
        query = urlencode({"tenant": key.tenant.public_id})
        return f"{reverse(name, current_app=self.admin_site.name)}?{query}"


def _days(request: HttpRequest) -> int:
    """How far back, out of the few that are offered."""
    asked = request.GET.get("days", "")
    return next((days for days in _DAYS if str(days) == asked), _DAYS_DEFAULT)


def _span(days: int, now: datetime) -> Span:
    return Span.around(days_before(now, days), None, Interval.DAY, now)


def _last(days: int) -> str:
    return ngettext("last %(days)s day", "last %(days)s days", days) % {"days": days}


def _totals(report: UsageReport, key: ApiKey) -> list[Row]:
    it = report.totals
    rate = None if it.success_rate is None else f"{it.success_rate:.2%}"
    shown = [
        (_("Valid verifies"), it.requests),
        (_("Refused verifies"), it.refused),
        (_("Credits spent"), it.cost),
        (_("Reported outcomes"), it.reported),
        (_("Errors among these"), it.errors),
        (_("Success rate"), rate),
        (_("Price of the valid verifies"), report.amount),
        (_("Last used"), moment(key.totals.last_used_at)),
    ]
    return [Row(label, NOTHING if value is None else str(value)) for label, value in shown]
