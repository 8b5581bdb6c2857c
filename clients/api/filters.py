"""What the list of clients can be filtered by."""

from __future__ import annotations

from typing import Any

import django_filters

from apikeys.api.filters import SparseFilterSet, TenantIdFilter
from clients.models import ServiceClient


class ClientFilter(SparseFilterSet):
    """Filters of `GET /clients`."""

    search = django_filters.CharFilter(method="by_search", strip=False)
    enabled = django_filters.ChoiceFilter(
        choices=[("true", "true"), ("false", "false")], method="by_enabled"
    )
    tenant = TenantIdFilter()

    class Meta:
        model = ServiceClient
        fields: tuple[str, ...] = ()

    def by_search(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.matching(value)

    def by_enabled(self, queryset: Any, _: str, value: str) -> Any:
        return queryset.filter(enabled=value == "true")
