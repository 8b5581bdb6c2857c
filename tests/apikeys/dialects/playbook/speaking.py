"""Calling the dialect inside of the test's process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from apikeys.models import ApiKey
from tests.apikeys.dialects.playbook.conforms import assert_refusal
from tests.calling import Answer

BASE = "/playbook/lead-scraper-microservice/api/v1"
KEYS = "/api-keys"
TENANT_KEYS = "/organizations/tenants/api-keys"

#: A digit to Python, and none in a number of the vendor's.
FULLWIDTH_ONE = "\uff11"

_browser = Client()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody with a credential, who sends what the vendor's client sends. Empty sends none."""

    secret: str = ""

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        fields = {"X-API-Key": self.secret} if self.secret else {}
        response = _browser.generic(
            method,
            BASE + path,
            b"" if body is None else json.dumps(body).encode(),
            "application/json",
            headers={**fields, **(headers or {})},
            QUERY_STRING=urlencode(query or {}),
        )
        answer = Answer(response.status_code, dict(response.headers), response.content)
        if answer.status >= 400:
            assert_refusal(answer.status, answer.headers, answer.content)
        else:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.headers["Cache-Control"] == "no-store"
        return answer

    def get(self, path: str, /, **query: object) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: object) -> Answer:
        return self.call("POST", path, body)

    def put(self, path: str, /, **key: object) -> Answer:
        return self.call("PUT", path, {"apiKey": key})

    def delete(self, path: str, /, **query: object) -> Answer:
        return self.call("DELETE", path, query=query)

    def key(self, key_id: object, at: str = KEYS) -> dict[str, Any]:
        """The key, which must be there."""
        answer = self.get(f"{at}/{key_id}")
        assert answer.status == 200, answer.content
        return dict(answer.body["apiKey"])

    def made(self, **members: object) -> dict[str, Any]:
        """A new key, as answered, with its secrets."""
        answer = self.post(KEYS, {"name": "made", **members})
        assert answer.status == 200, answer.content
        return {**answer.body["apiKey"], **answer.body}

    def changed(self, key_id: object, at: str = KEYS, /, **members: object) -> dict[str, Any]:
        """The key after a change, which must succeed."""
        answer = self.put(at, id=key_id, **members)
        assert answer.status == 200, answer.content
        return dict(answer.body["apiKey"])


def violations(answer: Answer) -> set[tuple[str, str]]:
    """Field and rule of each fault."""
    return {(it["field"], it["validation"]) for it in answer.body["fieldViolations"]}


def stored(key_id: object) -> ApiKey:
    """The row behind a number."""
    key: ApiKey = ApiKey.objects.whole().get(number=int(str(key_id)))
    return key
