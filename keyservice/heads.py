"""Heads of requests over which Django or Python fail, or sit for minutes, before we are asked."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import iri_to_uri
from django.utils.http import parse_header_parameters

from apikeys.api.mounts import is_mounted, refuse
from apikeys.api.refusals import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH_LENGTH_MAX = 2048
_DJANGOS_LISTS = "/admin/auth/"
_MEDIA_TYPE_LENGTH_MAX = 1000
_PATH_TOO_LONG = Refusal(
    414,
    "path_too_long",
    f"The path of a page has at most {PATH_LENGTH_MAX} characters. Check the address.",
)


def with_plain_head(inner: WSGIApplication) -> WSGIApplication:
    """Give Django header fields and a query that it can read."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = readable_media_type(environ.get("CONTENT_TYPE", ""))
        environ["QUERY_STRING"] = encoded_query(environ.get("QUERY_STRING", ""))
        if "\\" in environ.get("HTTP_COOKIE", ""):
            environ["HTTP_COOKIE"] = plain_cookies(environ["HTTP_COOKIE"])
        return inner(environ, start_response)

    return application


def readable_media_type(given: str) -> str:
    """A Content-Type as it came, or without parameters over which Django fails.

    Such are any in an encoding that Python does not know, and a charset: Django reads even the
    query in it, also if it is none for text, and refuses forms in another than UTF-8 in a way that
    fails itself. All here is UTF-8. Long ones take the square of their length.
    """
    if len(given) > _MEDIA_TYPE_LENGTH_MAX:
        return ""
    try:
        _, parameters = parse_header_parameters(given)
        if codecs.lookup(parameters.get("charset", "utf-8")).name == "utf-8":
            return given
    except (LookupError, ValueError):
        pass
    return given.partition(";")[0]


def encoded_query(given: str) -> str:
    """A query of ASCII, or of bytes as PEP 3333 hands them over; granian gives text instead."""
    if given.isascii():
        return given
    try:
        given.encode("latin-1").decode()
    except UnicodeError:
        return iri_to_uri(given)
    return given


def plain_cookies(given: str) -> str:
    """Those without a backslash: none of ours has one.

    A backslash hides NUL, over which PostgreSQL fails, and many of them take Python before 3.13 the
    square of their number.
    """
    return ";".join(pair for pair in given.split(";") if "\\" not in pair)


class PlainTargets:
    """Refuses what Django's own pages cannot take: long paths, which a pattern of the admin takes
    the square of the length for, and NUL in a query to its lists, over which PostgreSQL fails.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path, query = request.path_info, request.META.get("QUERY_STRING", "")
        if len(path) > PATH_LENGTH_MAX and not is_mounted(path):
            return refuse(request, _PATH_TOO_LONG)
        if "%00" in query and path.startswith(_DJANGOS_LISTS):
            raise BadRequest("The query contains NUL.")
        return self._get_response(request)
