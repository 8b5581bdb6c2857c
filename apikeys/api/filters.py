"""What lists can be filtered by. A value that no row could have is an error, not an empty page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from apikeys.domain.attributes import ENVIRONMENTS, HOLDS, KEY_TYPES
from apikeys.domain.events import Action
from apikeys.domain.kinds import BadValue, Instant
from apikeys.domain.lifecycle import Status
from apikeys.domain.spans import Interval
from apikeys.domain.verdict import Outcome
from apikeys.models import ApiKey, AuditEvent, KeyLabel, RefusedAttempt, Tenant
from apikeys.operations.reaching import utc_now


class InstantField(forms.CharField):
    """An RFC 3339 time with an offset, as everywhere else."""

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return Instant().clean(text.replace(" ", "+"))  # an unescaped + arrives as a space
        except BadValue as error:
            raise ValidationError(error.detail, code=error.code) from error


class InstantFilter(django_filters.Filter):
    field_class = InstantField


class TenantIdFilter(django_filters.CharFilter):
    """By the id of a tenant. It is looked up first: see `TenantQuerySet.pk_of`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        pk = Tenant.objects.pk_of(value)
        return qs.none() if pk is None else qs.filter(tenant=pk)


def _choice(words: Any, **kwargs: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(choices=[(str(word), str(word)) for word in words], **kwargs)


def _text(**kwargs: Any) -> django_filters.CharFilter:
    return django_filters.CharFilter(strip=False, **kwargs)


class SparseFilterSet(django_filters.FilterSet):
    """Builds only the filters that are asked for: making a form of all costs more than the rest."""

    base_filters: Mapping[str, Any]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        known = self.base_filters.items()
        self.base_filters = OrderedDict((name, it) for name, it in known if name in data)
        super().__init__(data, *args, **kwargs)


class KeyFilter(SparseFilterSet):
    """Filters of `GET /api_keys`."""

    search = _text(method="by_search")
    status = _choice(Status, method="by_status")
    subject = _text(field_name="subject")
    name = _text(method="by_name")
    created_by = _text(field_name="created_by")
    environment = _choice(ENVIRONMENTS, field_name="environment")
    key_type = _choice(KEY_TYPES, field_name="key_type")
    hold = _choice(HOLDS, field_name="hold")
    tag = _text(method="by_tag")
    scope = _text(method="by_scope")
    tenant = TenantIdFilter()
    expires_before = InstantFilter(field_name="expires_at", lookup_expr="lt")
    expires_after = InstantFilter(field_name="expires_at", lookup_expr="gt")
    created_before = InstantFilter(field_name="created_at", lookup_expr="lt")
    created_after = InstantFilter(field_name="created_at", lookup_expr="gt")
    unused_since = InstantFilter(method="by_unused_since")

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: Any) -> Any:
        """Deleted keys are shown only to who asks for them."""
        if self.form.cleaned_data.get("status") != Status.DELETED:
            queryset = queryset.existing()
        return super().filter_queryset(queryset)

    def by_search(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.matching(value)

    def by_name(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.filter(name=value, search_name=value.casefold())  # the latter has an index

    def by_status(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.having_status(Status(value), utc_now())

    def by_tag(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.labelled(KeyLabel.TAG, value)

    def by_scope(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.labelled(KeyLabel.SCOPE, value)

    def by_unused_since(self, queryset: Any, _: str, value: datetime) -> Any:
        return queryset.unused_since(value)


class TenantFilter(SparseFilterSet):
    """Filters of `GET /tenants`."""

    search = _text(method="by_search")
    status = _choice(Tenant.Status.values, field_name="status")

    class Meta:
        model = Tenant
        fields: tuple[str, ...] = ()

    def by_search(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.matching(value)


class AuditFilter(SparseFilterSet):
    """Filters of `GET /audit_events`."""

    action = _choice(Action, field_name="action")
    actor = _text(field_name="actor_id")
    object = _text(field_name="object_id")
    request_id = _text(field_name="request_id")
    tenant = TenantIdFilter()
    since = InstantFilter(field_name="at", lookup_expr="gte")
    until = InstantFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = AuditEvent
        fields: tuple[str, ...] = ()


class _AttemptFilter(SparseFilterSet):
    reason = _choice([it for it in Outcome if it is not Outcome.VALID], field_name="reason")
    source = _text(field_name="source")
    tenant = TenantIdFilter()

    class Meta:
        model = RefusedAttempt
        fields: tuple[str, ...] = ()

    def by_from(self, queryset: Any, _: str, value: datetime) -> Any:
        """With the hour in which the moment lies."""
        return queryset.filter(hour__gte=Interval.HOUR.start(value))


# Filters of `GET /usage/attempts`. Made like this, because `from` is a word of Python.
AttemptFilter = type(
    "AttemptFilter",
    (_AttemptFilter,),
    {
        "from": InstantFilter(method="by_from"),
        "to": InstantFilter(field_name="hour", lookup_expr="lt"),
    },
)
