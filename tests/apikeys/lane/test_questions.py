"""What a question is called: two that could be answered differently never share a name."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from apikeys.api import quick

BODY = b'{"secret":"ks_live_nobody","ip":"192.0.2.1"}'
SENT = {
    "REMOTE_ADDR": "127.0.0.1",
    "SERVER_NAME": "testserver",
    "HTTP_HOST": "testserver",
    "HTTP_AUTHORIZATION": "Bearer ks_live_caller",
    "HTTP_X_FORWARDED_FOR": "192.0.2.7",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_ORIGIN": "https://app.example",
    "HTTP_CLIENT_CERT": ":AAAA:",
    "HTTP_X_CLIENT_SECRET": "a secret of the client",
    "HTTP_USER_AGENT": "never looked at",
}


class Spied(dict[str, Any]):
    """An environment that remembers what was asked of it."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.asked: set[object] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(key)
        return super().__contains__(key)


@override_settings(APIKEYS={"TRUSTED_PROXIES": ("127.0.0.1",)})
@pytest.mark.parametrize("credential", ["HTTP_AUTHORIZATION", "HTTP_X_API_KEY", None])
def test_all_that_is_read_of_a_request_is_in_the_name(credential: str | None) -> None:
    sent = {name: value for name, value in SENT.items() if name != "HTTP_AUTHORIZATION"}
    meta = Spied(sent | ({credential: "Bearer ks_live_caller"} if credential else {}))
    assert (quick._asked(meta, BODY, "http") is not None) == (credential is not None)
    assert meta.asked <= set(quick.READ)
    if credential:
        assert {"HTTP_X_FORWARDED_FOR", "HTTP_CLIENT_CERT", "HTTP_ORIGIN"} <= meta.asked


@pytest.mark.parametrize("name", sorted(quick.READ))
def test_whoever_sends_something_else_asks_another_question(name: str) -> None:
    without = {it: value for it, value in SENT.items() if it != name}
    asked = {facts(SENT | {name: "another"}), facts(SENT | {name: ""}), facts(without)}
    assert len(asked) == 3
    assert len(asked | {facts(SENT)}) == (4 if name in SENT else 3)


def test_so_does_who_sends_another_body_or_comes_another_way() -> None:
    assert len({facts(SENT), facts(SENT, body=BODY + b" "), facts(SENT, scheme="https")}) == 3


def facts(meta: dict[str, Any], *, body: bytes = BODY, scheme: str = "http") -> str:
    return quick._Question(meta, body, scheme).facts
