"""JSON in, JSON out, whatever the Accept field says: there is one representation of everything."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder


class FirstRenderer(BaseContentNegotiation):
    """Chooses the parser by Content-Type, and always the view's first renderer."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],  # type: ignore[override]  # DRF passes a list
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class _UTCEncoder(JSONEncoder):
    def default(self, o: object) -> object:
        if isinstance(o, datetime.datetime) and o.tzinfo is not None:
            return o.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
        return super().default(o)


class PlainJSONRenderer(JSONRenderer):
    """Compact ASCII JSON with times in UTC, independent of the host project's DRF settings.

    ASCII, because the text of an error may quote something that UTF-8 cannot write.
    """

    encoder_class = _UTCEncoder
    ensure_ascii = True
    compact = True
    strict = True
