"""Pages of lists that may have millions of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator  # subscriptable for the type checker only

COUNTED_MAX = 10_000


class CappedPaginator(_Paginator):
    """Counts at most `COUNTED_MAX` rows, so that a list opens as fast over millions of them."""

    @cached_property
    def count(self) -> int:
        counted: int = self._rows().count()
        return counted

    @property
    def is_capped(self) -> bool:
        """Whether there may be rows that no page shows."""
        return self.count >= COUNTED_MAX

    def _rows(self) -> Any:
        # Without the order and the computed columns, which cost more than the counting.
        return self.object_list.order_by().values("pk")[:COUNTED_MAX]  # type: ignore[attr-defined]
