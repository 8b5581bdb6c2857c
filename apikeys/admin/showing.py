"""A key on its page: every attribute, in sections, as people read it. Never a digest or a seal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext

from apikeys.admin.sections import SECTIONS, label_of
from apikeys.models import ApiKey
from apikeys.models.shown import shown

NOTHING = "—"
_FREE_JSON = ("claims", "metadata")


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute of a section, ready to be shown."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ShownSection:
    title: Any
    rows: tuple[Row, ...]
    folded: bool


def sections_of(key: ApiKey, now: datetime) -> Iterator[ShownSection]:
    """The sections of a key that was read with `whole()`."""
    values = shown(key, now)
    for section in SECTIONS:
        rows = [(it.name, values[it.name]) for it in section.attributes if it.name in values]
        if rows:
            yield ShownSection(
                section.title,
                tuple(Row(label_of(name), _cell(name, value)) for name, value in rows),
                section.folded,
            )


def status_badge(status: str, text: str = "") -> SafeString:
    """The status in words, or a text about it; the colour beside it only repeats them."""
    words = text or status.replace("_", " ")
    return format_html('<span class="apikeys-status apikeys-status-{}">{}</span>', status, words)


def moment(value: datetime | None) -> str:
    """A time to the minute, in the time zone of the site, with its name."""
    if value is None:
        return NOTHING
    local = localtime(value)
    return f"{date_format(local, 'Y-m-d H:i')} {local.tzname()}"


def stacked(first: str, second: str) -> SafeString:
    """Two things of one cell, the second smaller and below the first."""
    return format_html('{} <span class="apikeys-below">{}</span>', first, second)


def visible_part(prefix: str, hint: str) -> str:
    """What may be seen of a secret: its first and its last characters."""
    return f"{prefix}…{hint}" if prefix or hint else NOTHING


def pretty(value: Any) -> SafeString:
    """JSON for reading."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html('<pre class="apikeys-json">{}</pre>', text)


def _cell(name: str, value: Any) -> str:
    if name in _FREE_JSON and value not in (None, {}):
        return pretty(value)
    match value:
        case None | "" | [] | ():
            # An empty rule lets nobody in, which a dash would hide.
            return gettext("nothing is allowed") if _is_closed(name, value) else NOTHING
        case bool():
            return gettext("Yes") if value else gettext("No")
        case datetime():
            return moment(value)
        case dict():
            return pretty(value) if value else NOTHING
        case list() if all(isinstance(item, str) for item in value):
            return format_html_join(
                "", '<span class="apikeys-word">{}</span> ', ((v,) for v in value)
            )
        case list():
            return pretty(value)
        case _:
            return status_badge(value) if name == "status" else str(value)


def _is_closed(name: str, value: Any) -> bool:
    return value == [] and (name.startswith("allowed_") or name == "resource_scopes")
