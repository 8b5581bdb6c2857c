"""Strict query strings: what a list does not know, it must not ignore.

A misspelled filter that is dropped answers with more than was asked for, and looks right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest
from rest_framework.request import Request

from apikeys.api.pagination import QUERY_NAMES
from apikeys.api.pointers import pointer
from apikeys.domain.errors import FieldError, InvalidInput
from apikeys.domain.text import clean_text

VALUE_LENGTH_MAX = 512
PARAMETERS_MAX = 100
_NAME_SHOWN_MAX = 64
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class StrictQueryMixin:
    """A DRF view that refuses query parameters it does not know, and text no filter could match.

    Known are the names of the view's filter set, those of its pagination, and `query_names`.
    """

    query_names: Collection[str] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Judge the query after the credential, so that strangers learn nothing of the names.

        Not on a method that the view does not have, whose answer is 405 whatever came with it.
        """
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of the DRF view
        if request.method in self.allowed_methods:  # type: ignore[attr-defined]  # of the DRF view
            refuse_strange_query(request, self.known_query_names())

    def known_query_names(self) -> frozenset[str]:
        """Every parameter that this view reads."""
        filters = getattr(getattr(self, "filterset_class", None), "base_filters", ())
        pages = QUERY_NAMES if getattr(self, "pagination_class", None) else ()
        return frozenset((*self.query_names, *filters, *pages))


def refuse_strange_query(request: HttpRequest | Request, known: Collection[str]) -> None:
    """Raise `InvalidInput` naming every parameter that is unknown, repeated or unreadable."""
    errors = tuple(_errors(str(request.META.get("QUERY_STRING", "")), known))
    if errors:
        raise InvalidInput(errors)


def _errors(query: str, known: Collection[str]) -> Iterator[FieldError]:
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    if len(pairs) > PARAMETERS_MAX:
        yield FieldError("", "too_many_parameters", f"At most {PARAMETERS_MAX} are taken.")
        return
    counts: Counter[str] = Counter()
    for raw_name, raw_value in pairs:
        name = _shown(raw_name)
        counts[name] += 1
        if name not in known:
            yield FieldError(pointer(name), "unknown_parameter", _listing(known))
        elif counts[name] == 2:
            yield FieldError(pointer(name), "repeated_parameter", "Give this parameter once.")
        elif not raw_value and name not in QUERY_NAMES:
            # A variable of the caller's that was not set: without the filter, all would be shown.
            yield FieldError(pointer(name), "empty_parameter", "Give a value, or leave it out.")
        elif flaw := _flaw(raw_value):
            yield FieldError(pointer(name), "invalid_characters", flaw)


def _shown(raw_name: str) -> str:
    """The decoded name; one that could not be printed is shown as it came, still encoded."""
    try:
        name = clean_text(_decoded(raw_name), max_length=_NAME_SHOWN_MAX)
    except ValueError:
        return ascii(raw_name[:_NAME_SHOWN_MAX])[1:-1]
    return name


def _flaw(raw_value: str) -> str | None:
    try:
        clean_text(_decoded(raw_value), max_length=VALUE_LENGTH_MAX, normalise=False)
    except ValueError as error:
        return str(error)
    return None


def _decoded(raw: str) -> str:
    # WSGI hands over the bytes of the query as Latin-1 text (PEP 3333).
    if _BAD_ESCAPE.search(raw):
        raise ValueError("Must be percent-encoded correctly: % and two hexadecimal digits.")
    try:
        return unquote_to_bytes(raw.replace("+", " ").encode("latin-1")).decode()
    except UnicodeError:
        raise ValueError("Must be percent-encoded UTF-8.") from None


def _listing(known: Collection[str]) -> str:
    return f"Unknown parameter. Known here: {', '.join(sorted(known)) or 'none'}."
