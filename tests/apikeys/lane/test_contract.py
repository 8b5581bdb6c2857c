"""The fast lane, the view and the long way give one answer: case by case."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import set_script_prefix

from apikeys.api import authentication, quick, verifying
from apikeys.domain.terms import Terms
from apikeys.domain.verdict import LimitState, Outcome, Verdict
from tests.apikeys.lane.servers import PATH, Asked, Servers

Ask = Callable[..., Asked]
A_TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2ln"


@pytest.fixture
def ask(callers: Mapping[str, str]) -> Ask:
    """An ordinary request of Alice's, about her own key, with differences."""

    def asked(body: object = None, **environ: Any) -> Asked:
        told = {"secret": callers["alice"]} if body is None else body
        sent = told if isinstance(told, bytes) else json.dumps(told).encode()
        ordinary = {"HTTP_AUTHORIZATION": f"Bearer {callers['alice']}"}
        return Asked(sent, {**ordinary, **environ})

    return asked


def assert_alike(servers: Servers, asked: Asked, *, taken: bool) -> str:
    """Every server gives the same answer, and the lane by itself or not; the status."""
    assert servers.took(asked) is taken
    truth = servers.long_way(asked)
    assert servers.view(asked) == truth
    assert servers.lane(asked) == truth
    return truth.status


class TestTaken:
    """What the lane answers by itself."""

    def test_keys_of_every_kind(self, servers: Servers, ask: Ask, keys: Mapping[str, str]) -> None:
        for secret in keys.values():
            for explain in (False, True):
                asked = ask({"secret": secret, "explain": explain})
                assert assert_alike(servers, asked, taken=True) == "200 OK"

    @pytest.mark.parametrize(
        "environ",
        [
            {"CONTENT_TYPE": "application/json; charset=utf-8"},
            {"HTTP_HOST": "localhost"},
            {"HTTP_HOST": None},
            {"HTTP_AUTHORIZATION": "bearer  {alice} "},
            {"HTTP_AUTHORIZATION": None, "HTTP_X_API_KEY": "{verifier}"},
            {"HTTP_AUTHORIZATION": "Bearer {root}"},
            {"HTTP_AUTHORIZATION": "Bearer {at home}"},
            {"wsgi.url_scheme": "https"},
            {"HTTP_IDEMPOTENCY_KEY": "same"},
            {"HTTP_IF_MATCH": '"v1"'},
            {"HTTP_ORIGIN": "https://a.example", "HTTP_REFERER": "https://a.example/?key=x"},
            {"HTTP_ACCEPT": "text/html", "HTTP_ACCEPT_ENCODING": "gzip"},
            {"HTTP_X_FORWARDED_FOR": "192.0.2.1", "HTTP_X_FORWARDED_PROTO": "https"},
        ],
        ids=str,
    )
    def test_ordinary_fields(
        self, servers: Servers, ask: Ask, callers: Mapping[str, str], environ: dict[str, Any]
    ) -> None:
        assert_alike(servers, ask(**filled(environ, callers)), taken=True)


class TestLeft:
    """What it leaves to Django."""

    @pytest.mark.parametrize(
        ("environ", "status"),
        [
            ({"REQUEST_METHOD": "GET"}, "405"),
            ({"REQUEST_METHOD": "HEAD"}, "405"),
            ({"REQUEST_METHOD": "PUT"}, "405"),
            ({"PATH_INFO": f"{PATH}/"}, "404"),
            ({"PATH_INFO": "/api/v1/api_keys/verify\xff"}, "405"),
            ({"QUERY_STRING": "a=b"}, "400"),
            ({"QUERY_STRING": "token=b"}, "400"),
            ({"CONTENT_TYPE": "text/plain"}, "415"),
            ({"CONTENT_TYPE": None}, "415"),
            ({"CONTENT_LENGTH": None}, "400"),
            ({"CONTENT_LENGTH": "0"}, "400"),
            ({"CONTENT_LENGTH": "+90"}, "200"),
            ({"CONTENT_LENGTH": "ninety"}, "400"),
            ({"CONTENT_LENGTH": "4000"}, "400"),
            ({"CONTENT_LENGTH": "300000"}, "413"),
            ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": None}, "411"),
            ({"HTTP_HOST": "evil.example"}, "400"),
            ({"HTTP_HOST": ""}, "400"),
            ({"HTTP_HOST": "127.0.0.1:8000/x"}, "400"),
            ({"HTTP_AUTHORIZATION": None}, "401"),
            ({"HTTP_AUTHORIZATION": ""}, "401"),
            ({"HTTP_AUTHORIZATION": "Basic eDp5"}, "401"),
            ({"HTTP_AUTHORIZATION": f"Bearer {A_TOKEN}"}, "401"),
            ({"HTTP_AUTHORIZATION": "Bearer \xff\xfe"}, "401"),
            ({"HTTP_X_API_KEY": "another"}, "400"),
            ({"HTTP_X_API_KEY": "{alice}"}, "200"),
            ({"HTTP_AUTHORIZATION": "Bearer {nobody}"}, "401"),
            ({"HTTP_AUTHORIZATION": "Bearer {standard}"}, "403"),
            ({"HTTP_AUTHORIZATION": "Bearer {reader}"}, "403"),
            ({"HTTP_AUTHORIZATION": "Bearer {elsewhere}"}, "403"),
            ({"HTTP_SIGNATURE": "sig=:AAAA:"}, "200"),
            ({"HTTP_COOKIE": "sessionid=x"}, "200"),
        ],
        ids=str,
    )
    def test_unusual_fields(
        self,
        servers: Servers,
        ask: Ask,
        callers: Mapping[str, str],
        environ: dict[str, Any],
        status: str,
    ) -> None:
        asked = ask(**filled(environ, callers))
        assert assert_alike(servers, asked, taken=False).startswith(status)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[]",
            b'"secret"',
            b"null",
            b'{"secret": "x"',
            b'{"secret": "x"} ]',
            b'{"secret": "x", "secret": "y"}',
            b'{"secret": "x", "resource": {"type": "a", "type": "b", "id": "c"}}',
            rb'{"secret": "a\u0062"}',
            rb'{"secret": "\ud800"}',
            b'{"secret": "a\x00"}',
            b'{"secret": "a\nb"}',
            b'{"secret": "\xff"}',
            b'\xef\xbb\xbf{"secret": "x"}',
            '{"secret": "x"}'.encode("utf-16"),
            b'{"secret": NaN}',
            b'{"secret": "x", "cost": 1.0}',
            b'{"secret": "x", "cost": 1e2}',
            b'{"secret": "x", "cost": 9007199254740992}',
            b'{"secret": "x", "cost": ' + b"9" * 4000 + b"}",
            b'{"secret": "x", "scopes": ' + b"[" * 1900 + b"]" * 1900 + b"}",
            b'{"secret": "' + b"x" * 4096 + b'"}',
            b'{"secret": 7}',
            b'{"secret": "x", "no_such": 1}',
            b'{"secret": "x", "ip": "010.0.0.1"}',
            b' {"secret": "x"}',
        ],
        ids=lambda body: repr(body[:40]),
    )
    def test_bodies_that_are_not_plain(self, servers: Servers, ask: Ask, body: bytes) -> None:
        assert_alike(servers, ask(body), taken=False)

    def test_half_a_body(self, servers: Servers, ask: Ask) -> None:
        asked = ask(CONTENT_LENGTH="200")
        assert assert_alike(servers, asked, taken=False) == "400 Bad Request"

    def test_a_body_that_breaks_off(self, servers: Servers, ask: Ask) -> None:
        def broken() -> Asked:
            return ask(**{"wsgi.input": _Broken()})

        told = [server(broken()) for server in (servers.lane, servers.view, servers.long_way)]
        assert {it.status for it in told} == {"400 Bad Request"}
        assert len({it.body for it in told}) == 1

    def test_a_chunked_body(self, servers: Servers, ask: Ask) -> None:
        def chunked() -> Asked:
            asked = ask(HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=None)
            stream = {"wsgi.input": io.BytesIO(asked.body), "wsgi.input_terminated": True}
            return Asked(asked.body, {**asked.environ, **stream})

        truth = servers.long_way(chunked())
        assert truth.status == "200 OK"
        assert servers.lane(chunked()) == servers.view(chunked()) == truth

    def test_a_body_that_comes_in_pieces_is_taken_whole(self, servers: Servers, ask: Ask) -> None:
        asked = ask()

        def dripping() -> Asked:
            return Asked(asked.body, {**asked.environ, "wsgi.input": _Dripping(asked.body)})

        assert servers.took(dripping())
        assert servers.lane(dripping()) == servers.long_way(asked)

    def test_below_another_root_it_is_django_who_knows_the_path(
        self, servers: Servers, ask: Ask
    ) -> None:
        try:
            assert not servers.took(ask(SCRIPT_NAME="/below"))
        finally:
            set_script_prefix("/")  # which Django's handler leaves to the thread

    def test_what_breaks_down_is_told_by_django(
        self, servers: Servers, ask: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaking(*_: object, **__: object) -> None:
            raise ValueError("ks_live_canary")

        monkeypatch.setattr(quick, "verify_for", breaking)
        monkeypatch.setattr(verifying, "verify", breaking)
        asked = ask()
        assert not servers.took(asked)
        told = servers.long_way(asked)
        assert told.status == "500 Internal Server Error"
        assert servers.lane(asked) == servers.view(asked) == told


class TestVerdicts:
    """Every outcome, with everything that a verdict may have, is written alike."""

    LIMITS = (
        LimitState("second", 10, 0, datetime(2090, 1, 1, tzinfo=UTC)),
        LimitState("day", 2**53 - 1, 2**53 - 1, datetime(2090, 1, 1, 1, 2, 3, 456, tzinfo=UTC)),
        LimitState("credits", 100, 7, datetime(2090, 1, 1, tzinfo=UTC)),
    )

    @pytest.mark.parametrize("wait", [None, 7])
    @pytest.mark.parametrize("limits", [(), LIMITS])
    def test_each_is_the_same_and_never_cached(
        self,
        servers: Servers,
        ask: Ask,
        monkeypatch: pytest.MonkeyPatch,
        wait: int | None,
        limits: tuple[LimitState, ...],
    ) -> None:
        terms = Terms("key_1", "org_1", True, "n", "s", "management", scopes=("*",), is_root=True)
        lets_in = Verdict(Outcome.VALID, terms)
        monkeypatch.setattr(authentication, "verify", lambda *_: lets_in)
        for outcome in Outcome:
            undetermined = outcome is Outcome.UNDETERMINED
            waits = 1 if undetermined else wait
            said = Verdict(outcome, terms, (), limits, waits, "lease_1" if wait else None)
            monkeypatch.setattr(quick, "verify_for", lambda *_, said=said: [lets_in, said])
            monkeypatch.setattr(verifying, "verify", lambda *_, said=said, **__: said)
            status = assert_alike(servers, ask(), taken=True)
            assert status == ("503 Service Unavailable" if undetermined else "200 OK")
            assert ("Cache-Control", "no-store") in servers.lane(ask()).fields


class TestRequestIds:
    """The name of a request, by the rule of `apikeys.api.requests`."""

    def test_a_harmless_one_is_kept(self, servers: Servers, ask: Ask) -> None:
        asked = ask(HTTP_X_REQUEST_ID="A-b_c.0123")
        assert servers.lane(asked).request_id == "A-b_c.0123"

    @pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", f"ks_live_{'a' * 49}"])
    def test_any_other_is_replaced(self, servers: Servers, ask: Ask, given: str) -> None:
        asked = ask(HTTP_X_REQUEST_ID=given)
        first, second = (servers.lane(asked).request_id for _ in range(2))
        assert len({first, second, given}) == 3


def filled(environ: Mapping[str, Any], callers: Mapping[str, str]) -> dict[str, Any]:
    """With the credentials that are named in braces."""
    names = {f"{{{name}}}": secret for name, secret in callers.items()}
    return {name: _filled(value, names) for name, value in environ.items()}


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, secret in names.items():
            value = value.replace(name, secret)
    return value


class _Broken(io.BytesIO):
    """A socket whose other end has gone."""

    def read(self, *_: object) -> bytes:
        raise OSError("connection reset")


class _Dripping(io.BytesIO):
    """Gives three bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 3) if size else size)
