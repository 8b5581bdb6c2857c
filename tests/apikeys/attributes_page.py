"""`docs/attributes.md` as it follows from the code.

python -m tests.apikeys.attributes_page > docs/attributes.md
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping

import django

from apikeys.domain import attributes
from apikeys.domain.attributes import Attribute, Home, Written
from apikeys.domain.cleaning import _WITH_IMPORT
from apikeys.domain.kinds import MAX_SAFE_INTEGER, Amount, Choice, Count, Items, Kind, Span, Text
from apikeys.domain.structures import Json, Record

HEAD = """\
# The attributes of a key

One flat list, the same on every surface. Reads return all of them except those of the last
section, which only a create takes. *Type* says what is accepted; `or null` where null is a value.
*Written* says when whoever may write keys can set it: at `create`, at `update`, or `never`, which
means that the service keeps it. *Home* is the table it lives in; computed ones live nowhere. The
last columns tell what the dialects call it; `-` where one has no word for it. What a dialect has no
word for, it leaves as it is.

This page follows from `apikeys/domain/attributes.py` and each dialect's `wire.NAMES`, and a test
compares them. To write it anew: `python -m tests.apikeys.attributes_page > docs/attributes.md`
"""
SECTIONS = {
    "Identity": attributes.IDENTITY,
    "Grants": attributes.GRANTS,
    "Policy": attributes.POLICY,
    "Limits": attributes.LIMITS,
    "Usage": attributes.USAGE,
    "Life": attributes.LIFE,
    "Alerts": attributes.ALERTS,
    "Governance": attributes.GOVERNANCE,
    "Taken by create only": attributes.CREATION_ONLY,
}
COLUMNS = ("attribute", "type", "unit, meaning", "default", "written", "home")


def page() -> str:
    """The whole text."""
    return "\n".join([HEAD, *(line for title in SECTIONS for line in _section(title))])


def columns() -> tuple[str, ...]:
    """The head of every table: the native columns, and one for each dialect."""
    return (*COLUMNS, *dialect_names())


def dialect_names() -> dict[str, Mapping[str, str]]:
    """By dialect: native name → the vendor's."""
    from tests.mounted import dialects  # once Django is set up

    return {str(it): it.code("wire").NAMES for it in dialects()}


def row(attribute: Attribute) -> tuple[str, ...]:
    """The cells of one attribute, in the order of `columns`."""
    words = [names.get(attribute.name) for names in dialect_names().values()]
    return (
        f"`{attribute.name}`",
        _type(attribute),
        attribute.note,
        _default(attribute),
        _written(attribute),
        "-" if not attribute.shown else _home(attribute.home),
        *(f"`{word}`" if word else "-" for word in words),
    )


def _section(title: str) -> Iterator[str]:
    yield f"## {title}\n"
    yield _line(columns())
    yield _line(["---"] * len(columns()))
    for attribute in SECTIONS[title]:
        yield _line(row(attribute))
    yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _type(attribute: Attribute) -> str:
    text = _kind(attribute.kind)
    return f"{text}, or null" if attribute.nullable else text


def _kind(kind: Kind) -> str:
    match kind:
        case Choice() if kind.label == "choice":
            return " \\| ".join(f"`{option}`" for option in kind.options)
        case Text():
            return f"{kind.label}, {kind.min_length} to {kind.max_length} characters"
        case Count():
            top = "2^53-1" if kind.maximum == MAX_SAFE_INTEGER else str(kind.maximum)
            return f"{kind.label} {kind.minimum} to {top}"
        case Span():
            return f"{kind.label} 1 to {kind.maximum}"
        case Items():
            return f"list of up to {kind.max_items}: {_kind(kind.item)}"
        case Json():
            return f"{'object' if kind.mapping else kind.label} up to {kind.max_bytes} bytes"
        case Record():
            return f"{kind.label} `{{{', '.join(_member(kind, name) for name in kind.members)}}}`"
        case Amount():
            return f'{kind.label}, such as `"0.0025"`'
        case _:
            return kind.label


def _member(record: Record, name: str) -> str:
    return name if name in record.required else f"{name}?"


def _default(attribute: Attribute) -> str:
    if attribute.required:
        return "required"
    if attribute.written is Written.NEVER:
        return "-"
    if attribute.default is None and not attribute.nullable:
        return "see meaning"
    plain = list(attribute.default) if isinstance(attribute.default, tuple) else attribute.default
    return f"`{json.dumps(plain)}`"


def _written(attribute: Attribute) -> str:
    if attribute.name in _WITH_IMPORT:
        return "create, with `import_hash`"
    return (
        f"{attribute.written}, by who holds `{attribute.holder}`"
        if attribute.holder
        else str(attribute.written)
    )


def _home(home: Home) -> str:
    return "computed" if home is Home.COMPUTED else f"`{home}`"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyservice.settings")
    django.setup()
    sys.stdout.write(page())
