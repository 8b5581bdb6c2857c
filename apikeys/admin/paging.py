"""Pages of lists that may have millions of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator  # subscriptable for the type checker only

COUNTED_MAX = 10_000


class CappedPaginator(_Paginator):
    """Counts at most `COUNTED_MAX` rows, so that a list opens as fast over millions of them."""

    def page(self, number: Any) -> Page[Any]:
        """Which rows it is an index may know; only then are they read."""
        found = super().page(number)
        keys = list(found.object_list.values_list("pk", flat=True))  # type: ignore[attr-defined]
        found.object_list = self.object_list.filter(pk__in=keys)  # type: ignore[attr-defined]
        return found

    @cached_property
    def count(self) -> int:
        return min(self._counted, COUNTED_MAX)

    @property
    def is_capped(self) -> bool:
        """Whether there are rows that no page shows."""
        return self._counted > COUNTED_MAX

    @cached_property
    def _counted(self) -> int:
        # Without the order and the computed columns, which cost more than the counting.
        rows = self.object_list.order_by().values("pk")  # type: ignore[attr-defined]
        counted: int = rows[: COUNTED_MAX + 1].count()
        return counted
