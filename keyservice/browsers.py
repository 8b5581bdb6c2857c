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


class Pages(SessionMiddleware, AuthenticationMiddleware, MessageMiddleware):
    """`request.session`, `request.user` and messages, on pages; nothing below a mount.

    Of Django's middleware, because the admin looks for those; one of all three, because each that
    a request passes through takes its time. None of them has to do with what stands between them.
    """

    async_capable = False

    def __call__(self, request: HttpRequest) -> Any:
        if is_mounted(request.path_info):
            return self.get_response(request)
        SessionMiddleware.process_request(self, request)
        AuthenticationMiddleware.process_request(self, request)
        MessageMiddleware.process_request(self, request)
        response: Any = self.get_response(request)
        response = MessageMiddleware.process_response(self, request, response)
        return SessionMiddleware.process_response(self, request, response)


class ContentPolicy:
    """CONTENT_SECURITY_POLICY, written out once, on every answer that has no policy of its own.

    django-csp's own middleware composes it anew for each answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        # Django's pages for developers have their style in them.
        if not (settings.DEBUG and response.status_code in _DEBUG_PAGES):
            response.headers.setdefault(HEADER, self._policy)
        return response
