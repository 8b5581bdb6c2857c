"""The documents of a surface are part of it, also when they are asked for in a wrong way."""

from __future__ import annotations

import json

import pytest
from django.test import Client, RequestFactory

from apikeys.api.documents import document_of
from apikeys.api.mounts import Mount, mounts
from apikeys.api.refusals import METHOD_NOT_ALLOWED


@pytest.mark.parametrize("document", ["openapi.json", "docs"])
@pytest.mark.parametrize(
    "mount", [it for it in mounts() if document_of(it)["paths"]], ids=lambda it: it.prefix
)
def test_a_wrong_method_is_refused_in_the_words_of_the_surface(mount: Mount, document: str) -> None:
    answer = Client().post(f"/{mount.prefix}{document}")
    expected = mount.refused(METHOD_NOT_ALLOWED, RequestFactory().post("/"))
    assert answer.status_code == expected.status_code
    assert answer.headers["Content-Type"] == expected.headers["Content-Type"]
    assert json.loads(answer.content).keys() == json.loads(expected.content).keys()
    assert "GET" in answer.headers["Allow"]
