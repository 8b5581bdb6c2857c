"""Which text may be stored and shown: the contract's rule for strings, in one place.

Two levels. Names and other words of ours are normalised to NFC and hold nothing invisible, so
that two names that look alike are alike and a name cannot reorder the line it is printed in.
Data of others (secrets, claims, metadata) is kept exactly as given; only what cannot be stored
or would break a log line is refused.
"""

from __future__ import annotations

import unicodedata

NUL = "\0"
ZERO_WIDTH_JOINER = "\u200d"  # joins the parts of one emoji, hence part of ordinary names
_LINES_AND_TABS = frozenset("\n\t")


def clean_text(
    value: str, *, max_length: int | None = None, multiline: bool = False, normalise: bool = True
) -> str:
    """`value` as it may be stored, or `ValueError` with a sentence that may be shown.

    `max_length` counts code points, before and after NFC; None is no limit. `multiline` admits
    line feed and tab. Without `normalise` the text is returned as given and may hold invisible
    formatting.
    """
    _refuse_long(value, max_length)
    position = _first_refused(value, multiline=multiline, visible_only=normalise)
    if position is not None:
        raise ValueError(_sentence(value, position))
    if not normalise:
        return value
    composed = unicodedata.normalize("NFC", value)
    _refuse_long(composed, max_length)  # a few characters grow when composed
    return composed


def is_storable(value: str) -> bool:
    """False for text that no database or encoding takes: with NUL or a lone surrogate in it."""
    return NUL not in value and _is_encodable(value)


def _refuse_long(value: str, max_length: int | None) -> None:
    if max_length is not None and len(value) > max_length:
        raise ValueError(f"Must not be longer than {max_length} characters.")


def _first_refused(value: str, *, multiline: bool, visible_only: bool) -> int | None:
    if value.isascii() and value.isprintable():
        return None
    refused = {"Cc", "Cs", "Cf", "Zl", "Zp"} if visible_only else {"Cc", "Cs"}
    admitted = {ZERO_WIDTH_JOINER} | (_LINES_AND_TABS if multiline else frozenset())
    for position, character in enumerate(value):
        if character not in admitted and unicodedata.category(character) in refused:
            return position
    return None


_KINDS = {
    "Cc": "control character",
    "Cs": "lone surrogate",
    "Cf": "invisible formatting character",
    "Zl": "line separator",
    "Zp": "paragraph separator",
}


def _sentence(value: str, position: int) -> str:
    character = value[position]
    kind = _KINDS[unicodedata.category(character)]
    return f"Must not contain the {kind} U+{ord(character):04X} (character {position + 1})."


def _is_encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
