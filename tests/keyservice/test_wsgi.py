"""Whose word counts about the scheme of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults

import pytest

from keyservice.wsgi import with_forwarded_scheme

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.mark.parametrize(
    ("proxies", "peer", "claim", "scheme"),
    [
        (("10.0.0.0/8",), "10.1.2.3", "https", "https"),
        (("10.0.0.0/8",), "192.0.2.7", "https", "http"),
        (("10.0.0.0/8",), "10.1.2.3", "http", "http"),
        (("10.0.0.0/8",), "10.1.2.3", "https,http", "http"),
        (("10.0.0.0/8",), "not an address", "https", "http"),
        (("10.0.0.0/8",), "10.1.2.3", None, "http"),
        ((), "127.0.0.1", "https", "http"),
    ],
)
def test_only_a_trusted_proxy_says_that_the_request_came_over_tls(
    proxies: tuple[str, ...], peer: str, claim: str | None, scheme: str
) -> None:
    environ: WSGIEnvironment = {"REMOTE_ADDR": peer}
    setup_testing_defaults(environ)
    if claim is not None:
        environ["HTTP_X_FORWARDED_PROTO"] = claim

    with_forwarded_scheme(_silent, proxies)(environ, _ignore)

    assert environ["wsgi.url_scheme"] == scheme


def _silent(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return []


def _ignore(*_: object) -> Callable[[bytes], object]:
    return lambda _: None
