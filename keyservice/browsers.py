"""What only pages in a browser need is passed by where an API lives.

Sessions, the signed-in user and messages cost every call of an API, which knows none of them, as
much as its own work does. Subclasses of Django's middleware, because the admin looks for those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from apikeys.api.mounts import is_mounted

_DEBUG_PAGES = (404, 500)


class _PagesAlone:
    """Passes the middleware by below the mounts of the APIs."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if is_mounted(request.path_info):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # of the middleware beside


class PageSession(_PagesAlone, SessionMiddleware):
    """`request.session`, on pages."""


class PageUser(_PagesAlone, AuthenticationMiddleware):
    """`request.user`, on pages."""


class PageMessages(_PagesAlone, MessageMiddleware):
    """What one page has to say on the next."""


class ContentPolicy:
    """CONTENT_SECURITY_POLICY on every answer, written out once; no page here has one of its own.

    django-csp's own middleware composes it anew for each answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        # Django's pages for developers have their style in them.
        if not (settings.DEBUG and response.status_code in _DEBUG_PAGES):
            response.headers[HEADER] = self._policy
        return response
