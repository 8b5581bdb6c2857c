"""Search by name, alike on every database and bounded on each.

Names are compared in folded form, because databases fold letters differently.
"""

from __future__ import annotations

import re

from django.db.models import Q

# What a trigram index can look up: three letters or digits in a row.
_trigram = re.compile(r"[^\W_]{3}")


def named(text: str) -> Q:
    """Rows whose `search_name` contains the text; begins with it where no index could find it."""
    folded = text.casefold()
    how = "contains" if _trigram.search(folded) else "startswith"
    return Q(**{f"search_name__{how}": folded})
