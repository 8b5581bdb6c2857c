"""`/openapi.json` and `/docs`: complete, current, and free of anything from elsewhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from apikeys.api import urls
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.verdict import Outcome
from clients.api import urls as client_urls
from tests.calling import BASE, Answer, Caller

STRANGER = Caller()
COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.json"


@pytest.fixture
def document() -> dict[str, Any]:
    served: dict[str, Any] = STRANGER.get("/openapi.json").body
    return served


class TestDocument:
    """The OpenAPI document."""

    def test_what_is_served_is_what_is_committed(self, document: dict[str, Any]) -> None:
        assert document == json.loads(COMMITTED.read_text())

    def test_it_is_openapi_3_1(self, document: dict[str, Any]) -> None:
        assert document["openapi"].startswith("3.1.")

    def test_every_route_is_in_it(self, document: dict[str, Any]) -> None:
        patterns = [*urls.urlpatterns, *client_urls.urlpatterns]
        routes = {re.sub(r"<str:(\w+)>", r"{\1}", str(it.pattern)) for it in patterns}
        assert set(document["paths"]) == {
            f"{BASE}/{route}" for route in routes - {"openapi.json", "docs"}
        }

    def test_a_key_has_every_attribute(self, document: dict[str, Any]) -> None:
        shown = {name for name, attribute in ATTRIBUTES.items() if attribute.shown}
        assert set(document["components"]["schemas"]["Key"]["properties"]) == shown

    def test_a_verdict_has_every_code(self, document: dict[str, Any]) -> None:
        code = document["components"]["schemas"]["Verdict"]["properties"]["code"]
        assert code["enum"] == [str(outcome) for outcome in Outcome]

    def test_either_credential_opens_every_call(self, document: dict[str, Any]) -> None:
        calls = [call for methods in document["paths"].values() for call in methods.values()]
        assert {json.dumps(call["security"]) for call in calls} == {
            json.dumps([{"bearer": []}, {"apiKey": []}])
        }

    def test_it_names_no_host(self, document: dict[str, Any]) -> None:
        assert "servers" not in document
        assert not re.search(r"https?://", json.dumps(document))


class Page(HTMLParser):
    """What a page loads, and what is written into it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._within = tag
        self.loaded += [
            value for name, value in attrs if name in ("src", "href", "action") and value
        ]
        self.inline += [name for name in given if name == "style" or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style") and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""


class TestPage:
    """Swagger UI, which works with no internet and under the strict policy."""

    @pytest.fixture
    def answer(self) -> Answer:
        answer = STRANGER.get("/docs")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        return answer

    def test_nothing_is_written_into_it(self, answer: Answer) -> None:
        assert Page(answer.content.decode()).inline == []

    def test_everything_it_loads_is_our_own_and_there(self, answer: Answer) -> None:
        loaded = Page(answer.content.decode()).loaded
        assert len(loaded) >= 4
        for address in loaded:
            assert address.startswith("/"), address
            assert not address.startswith("//")
            if address.startswith("/static/"):
                assert finders.find(address.removeprefix("/static/")), address
            else:
                assert STRANGER.get(address).status == 200, address

    def test_its_own_script_asks_for_the_document_here(self, answer: Answer) -> None:
        (address,) = [
            it for it in Page(answer.content.decode()).loaded if it.startswith(f"{BASE}/docs")
        ]
        script = STRANGER.get(address)
        assert script.headers["Content-Type"].startswith("application/javascript")
        assert f"{BASE}/openapi.json" in script.content.decode()
        assert not re.search(r"https?://", script.content.decode())

    def test_the_policy_forbids_what_it_does_not_need(self, answer: Answer) -> None:
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy

    @pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
    def test_both_are_open_to_everybody_and_to_reading_alone(self, path: str) -> None:
        assert STRANGER.call("HEAD", path).status == 200
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert STRANGER.call(method, path, {}).status == 405, method
