"""The WSGI application, as granian or any other server loads it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

from apikeys.domain.addresses import forwarded_scheme

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyservice.settings")

_MEDIA_TYPE_LENGTH_MAX = 255  # RFC 6838, 4.2: twice 127, and the slash


def with_forwarded_scheme(inner: WSGIApplication, proxies: tuple[str, ...]) -> WSGIApplication:
    """Believe `X-Forwarded-Proto: https` from the trusted proxies, and from no one else.

    Django's SECURE_PROXY_SSL_HEADER believes every sender.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        claimed = environ.get("HTTP_X_FORWARDED_PROTO")
        if forwarded_scheme(environ.get("REMOTE_ADDR", ""), claimed, proxies) == "https":
            environ["wsgi.url_scheme"] = "https"
        return inner(environ, start_response)

    return application


def with_readable_media_type(inner: WSGIApplication) -> WSGIApplication:
    """Pass on no parameters of a Content-Type over which Django fails before it asks anyone.

    Such are any in an encoding that Python does not know, and a charset: Django reads even the
    query in it, also if it is none for text, and refuses forms in another than UTF-8 in a way that
    fails itself. All here is UTF-8.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = readable_media_type(environ.get("CONTENT_TYPE", ""))
        return inner(environ, start_response)

    return application


def readable_media_type(given: str) -> str:
    """A Content-Type as it came, or without its parameters."""
    try:
        _, parameters = parse_header_parameters(given)
        if codecs.lookup(parameters.get("charset", "utf-8")).name == "utf-8":
            return given
    except (LookupError, ValueError):
        pass
    bare = given.partition(";")[0]
    return bare if len(bare) <= _MEDIA_TYPE_LENGTH_MAX else ""


def _application() -> WSGIApplication:
    inner: WSGIApplication = with_readable_media_type(get_wsgi_application())
    from django.conf import settings

    from apikeys.lane import FastLane
    from keyservice.bodies import with_bodies_taken

    inner = with_bodies_taken(inner, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if settings.ENVIRONMENT.fast_lane:
        inner = FastLane(inner)
    return with_forwarded_scheme(inner, settings.ENVIRONMENT.trusted_proxies)


application = _application()
