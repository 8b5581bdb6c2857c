"""The body of an OAuth request: a form (RFC 6749, appendix B), each parameter once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from rest_framework.parsers import BaseParser

from apikeys.api.strict_json import BODY_LIMIT_BYTES, BodyTooLarge
from apikeys.domain.secret import Undisclosed
from apikeys.domain.text import is_storable
from clients.oauth.errors import invalid_request

MEDIA_TYPE = "application/x-www-form-urlencoded"
PARAMETERS_MAX = 50


class FormParser(BaseParser):
    """Reads a form into a dict of texts. A parameter without a value counts as left out."""

    media_type = MEDIA_TYPE

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """The parameters. Raises `OAuthError` or `BodyTooLarge`."""
        body = stream.read(BODY_LIMIT_BYTES + 1)
        if len(body) > BODY_LIMIT_BYTES:
            raise BodyTooLarge(BODY_LIMIT_BYTES)
        return parsed(body)


def parsed(body: bytes) -> dict[str, str]:
    """The parameters of a form."""
    pairs = [pair.partition(b"=")[::2] for pair in body.split(b"&") if pair]
    if len(pairs) > PARAMETERS_MAX:
        raise invalid_request(f"At most {PARAMETERS_MAX} parameters are taken.")
    parameters: dict[str, str] = Undisclosed()
    for name, value in ((decoded(name), decoded(value)) for name, value in pairs):
        if name in parameters:
            raise invalid_request("A parameter comes twice.")
        if value:
            parameters[name] = value
    return parameters


def decoded(raw: bytes) -> str:
    """Text out of its form encoding."""
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise invalid_request("The form is not percent-encoded UTF-8.") from None
    if not is_storable(text):
        raise invalid_request("A parameter contains NUL or a lone surrogate.")
    return text
