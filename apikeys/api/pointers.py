"""JSON pointers (RFC 6901): how an answer says which field it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rest_framework.settings import api_settings

from apikeys.domain.errors import FieldError


def pointer(*parts: str | int) -> str:
    """`pointer("scopes", 0)` is `/scopes/0`; no parts mean the whole document."""
    return "".join(f"/{_escaped(str(part))}" for part in parts)


def field_errors(detail: object, at: str = "") -> Iterator[FieldError]:
    """The tree of messages in DRF's `ValidationError.detail` as a flat sequence.

    A list holds either messages about one place or one entry an element, which is how DRF's list
    serializer reports; the two can be told apart by what is in it.
    """
    match detail:
        case str():
            yield FieldError(at, getattr(detail, "code", None) or "invalid", str(detail))
        case Mapping():
            for name, inner in detail.items():
                yield from field_errors(inner, at + _step(name))
        case Sequence():
            for index, inner in enumerate(detail):
                yield from field_errors(inner, at if isinstance(inner, str) else f"{at}/{index}")


def _step(name: object) -> str:
    return "" if name == api_settings.NON_FIELD_ERRORS_KEY else pointer(str(name))


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
