"""What the lists of the admin can be narrowed by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apikeys.domain.attributes import ENVIRONMENTS, HOLDS, KEY_TYPES
from apikeys.domain.events import Action
from apikeys.domain.lifecycle import Status
from apikeys.domain.text import is_storable
from apikeys.domain.verdict import Outcome
from apikeys.models import Tenant
from apikeys.operations.reaching import utc_now

_SUGGESTED_TENANTS = 50


class Facet(admin.SimpleListFilter):
    """A filter by one of a few words; any other word is no filter but an error."""

    words: Iterable[tuple[str, Any]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.words)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value is None:
            return self.unasked(queryset)
        if value not in dict(self.lookup_choices):
            raise IncorrectLookupParameters
        return self.narrowed(queryset, value)

    def unasked(self, queryset: Any) -> Any:
        return queryset

    def narrowed(self, queryset: Any, value: str) -> Any:
        return queryset.filter(**{str(self.parameter_name): value})


class StatusFacet(Facet):
    """Deleted keys are shown only to who asks for them."""

    title = _("status")
    parameter_name = "status"
    words = [(str(status), status.replace("_", " ")) for status in Status]

    def unasked(self, queryset: Any) -> Any:
        return queryset.existing()

    def narrowed(self, queryset: Any, value: str) -> Any:
        return queryset.having_status(Status(value), utc_now())


class EnvironmentFacet(Facet):
    title = _("environment")
    parameter_name = "environment"
    words = [(word, word) for word in ENVIRONMENTS]


class TypeFacet(Facet):
    title = _("type")
    parameter_name = "key_type"
    words = [(word, word.replace("_", " ")) for word in KEY_TYPES]


class HoldFacet(Facet):
    title = _("hold")
    parameter_name = "hold"
    words = [("none", _("no hold")), *((word, word.replace("_", " ")) for word in HOLDS)]

    def narrowed(self, queryset: Any, value: str) -> Any:
        return queryset.filter(hold=None if value == "none" else value)


class ExpiryFacet(Facet):
    title = _("expiry")
    parameter_name = "expires"
    words = [("7", _("within 7 days")), ("30", _("within 30 days")), ("never", _("never"))]

    def narrowed(self, queryset: Any, value: str) -> Any:
        if value == "never":
            return queryset.filter(expires_at=None)
        now = utc_now()
        return queryset.filter(expires_at__gt=now, expires_at__lte=now + timedelta(days=int(value)))


class UnusedFacet(Facet):
    title = _("use")
    parameter_name = "unused"
    words = [("90", _("unused for 90 days"))]

    def narrowed(self, queryset: Any, value: str) -> Any:
        return queryset.unused_since(utc_now() - timedelta(days=int(value)))


class ActionFacet(Facet):
    title = _("action")
    parameter_name = "action"
    words = [(str(action), str(action)) for action in Action]


class ActorFacet(Facet):
    title = _("kind of actor")
    parameter_name = "actor_kind"
    words = [
        ("staff", _("staff")),
        ("management_key", _("management key")),
        ("service_client", _("service client")),
        ("system", _("system")),
    ]


class DateFacet(Facet):
    title = _("date")
    parameter_name = "within"
    words = [("1", _("last 24 hours")), ("7", _("last 7 days")), ("30", _("last 30 days"))]

    def narrowed(self, queryset: Any, value: str) -> Any:
        return queryset.filter(at__gt=self._since(int(value)))

    def _since(self, days: int) -> datetime:
        return utc_now() - timedelta(days=days)


class HourFacet(DateFacet):
    """By the hour in which something began."""

    def narrowed(self, queryset: Any, value: str) -> Any:
        return queryset.filter(hour__gt=self._since(int(value)))


class ReasonFacet(Facet):
    title = _("reason")
    parameter_name = "reason"
    words = [(str(it), it.replace("_", " ")) for it in Outcome if it is not Outcome.VALID]


class TenantStatusFacet(Facet):
    title = _("status")
    parameter_name = "status"
    words = Tenant.Status.choices


class TenantFacet(admin.SimpleListFilter):
    """By the id of a tenant, typed or chosen among the newest: there may be thousands."""

    title = _("tenant")
    parameter_name = "tenant"
    template = "apikeys/admin/filter_text.html"
    column = "tenant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return []

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        if not is_storable(value):
            raise IncorrectLookupParameters
        pk = Tenant.objects.pk_of(value.strip())
        return queryset.none() if pk is None else queryset.filter(**{self.column: pk})

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """What the template needs: the other parameters, and tenants to suggest."""
        kept = changelist.get_filters_params().items()
        yield {
            "kept": [(name, word) for name, words in kept for word in words if name != "tenant"],
            "query": changelist.query,
            "tenants": suggested_tenants(),
            "clear": changelist.get_query_string(remove=["tenant"]),
        }


def suggested_tenants() -> QuerySet[Tenant]:
    """The newest tenants, to be offered beside an input that takes any tenant's id."""
    tenants: QuerySet[Tenant] = Tenant.objects.order_by("-id").only("public_id", "name")
    return tenants[:_SUGGESTED_TENANTS]


def parameter_names(filters: Iterable[Any]) -> set[str]:
    """The query parameters that a list's filters answer to."""
    return {facet.parameter_name for facet in filters}
