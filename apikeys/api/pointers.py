"""JSON pointers (RFC 6901): how an answer says which field it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from rest_framework.settings import api_settings

from apikeys.domain.errors import FieldError, InvalidInput


def pointer(*parts: str | int) -> str:
    """`pointer("scopes", 0)` is `/scopes/0`; no parts mean the whole document."""
    return "".join(f"/{_escaped(str(part))}" for part in parts)


def parts(pointer: str) -> list[str]:
    """The way back: `/scopes/0` is `["scopes", "0"]`; none for the whole document."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


@contextmanager
def renamed(names: Mapping[str, str]) -> Iterator[None]:
    """Tell the faults that an operation finds under the names that the caller used.

    `names` are the caller's by ours. Around the operation alone: faults that were found before it
    have the caller's names already, and one of those may be the same as another of ours.
    """
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(_renamed(it, names) for it in error.errors) from None


def _renamed(error: FieldError, names: Mapping[str, str]) -> FieldError:
    match parts(error.pointer):
        case [name, *inner]:
            return replace(error, pointer=pointer(names.get(name, name), *inner))
        case _:
            return error


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
