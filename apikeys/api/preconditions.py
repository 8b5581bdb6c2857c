"""ETag and If-Match (RFC 9110, section 13): changes on top of the version that was read."""

from __future__ import annotations

import re

from django.http import HttpRequest
from rest_framework.request import Request

from apikeys.domain.errors import InvalidInput

HEADER = "If-Match"
NO_VERSION = -1  # a version that no object ever has
_ENTITY_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"{_ENTITY_TAG}(?:[ \t]*,[ \t]*{_ENTITY_TAG})*+")
_OURS = re.compile(r'(?<!/)"v([1-9][0-9]{0,17})"')
LENGTH_MAX = 512
_TAG_OF_DOCUMENT = r'(W/)?"[\x21\x23-\x7e]*"'
FORM = rf"^(\*|{_TAG_OF_DOCUMENT}(, *{_TAG_OF_DOCUMENT})*)$"  # for the document


def etag_of(version: int) -> str:
    """The strong tag of an object's version, quotes included."""
    return f'"v{version}"'


def expected_version(request: HttpRequest | Request) -> int | None:
    """The version that the caller wants to change; None when any will do.

    Of several tags the newest counts: versions only grow, so of those a caller has ever read no
    other can still be current. Tags that are weak or not ours match nothing (`NO_VERSION`). A field
    that is not a list of tags raises `InvalidInput`.
    """
    field = request.headers.get(HEADER)
    if field is None or field.strip() == "*":
        return None
    field = field.strip()
    if len(field) > LENGTH_MAX or not _LIST.fullmatch(field):
        raise InvalidInput.at(
            f"/{HEADER}", "invalid_if_match", 'If-Match must be * or a list of tags like "v7".'
        )
    return max((int(version) for version in _OURS.findall(field)), default=NO_VERSION)
