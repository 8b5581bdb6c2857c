"""Search by name, alike on every database and bounded on each.

Names are compared in folded form, because databases fold letters differently.
"""

from __future__ import annotations

from django.db.models import Q

LETTERS_MIN = 3  # or digits, with whatever between them: of fewer a trigram index knows nothing


def named(text: str) -> Q:
    """Rows whose `search_name` contains the text; begins with it where no index could find it."""
    folded = text.casefold()
    is_enough = sum(map(str.isalnum, folded)) >= LETTERS_MIN
    how = "contains" if is_enough else "startswith"
    return Q(**{f"search_name__{how}": folded})
