"""The WSGI application, as granian or any other server loads it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

from apikeys.domain.addresses import forwarded_scheme

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyservice.settings")


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


def _application() -> WSGIApplication:
    django: WSGIApplication = get_wsgi_application()
    from django.conf import settings

    from apikeys.lane import FastLane
    from keyservice.bodies import with_bodies_taken
    from keyservice.heads import with_plain_head

    inner = with_bodies_taken(with_plain_head(django), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if settings.ENVIRONMENT.fast_lane:
        inner = FastLane(inner)
    return with_forwarded_scheme(inner, settings.ENVIRONMENT.trusted_proxies)


application = _application()
