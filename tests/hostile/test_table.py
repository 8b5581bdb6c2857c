"""Each hostile request is refused in the same way on every database, and leaves nothing behind."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from apikeys.models import ApiKey, Tenant
from apikeys.operations import Actor, issue_key
from apikeys.operations.root import ensure_root_key
from tests.hostile import (
    bodies,
    changes,
    combinations,
    envelopes,
    new_keys,
    queries,
    reservations,
    usage,
)
from tests.hostile.case import KEY, TENANT, Case
from tests.matrix.state import OF_USE

TABLES = {
    "new keys": new_keys.CASES,
    "combinations": combinations.CASES,
    "bodies": bodies.CASES,
    "changes": changes.CASES,
    "queries": queries.CASES,
    "envelopes": envelopes.CASES,
    "usage": usage.CASES,
    "reservations": reservations.CASES,
}


def test_there_are_several_hundred_cases_and_no_two_alike() -> None:
    cases = [case for table in TABLES.values() for case in table]
    assert len(cases) >= 600
    assert not [title for title, count in Counter(it.title for it in cases).items() if count > 1]


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_a_hostile_request_is_refused_and_nothing_is_written(
    table: str, subtests: pytest.Subtests, caplog: pytest.LogCaptureFixture
) -> None:
    root = ensure_root_key()
    assert root is not None
    key = issue_key(Actor.system(), name="at stake").key
    ids = {KEY: key.public_id, TENANT: Tenant.objects.default().public_id}
    caplog.set_level("DEBUG")
    for case in TABLES[table]:
        # One set-up for all of them: each must leave everything as it was for the next.
        with subtests.test(case.title):
            caplog.clear()
            before = everything_stored()
            response = answer_to(case, ids, root.reveal())
            assert response.status_code == case.status
            assert problem_of(response, case) == (case.code, list(case.errors))
            assert everything_stored() == before
            assert not case.unseen or case.unseen not in said_of(response) + caplog.text


def answer_to(case: Case, ids: dict[str, str], root: str) -> HttpResponse:
    headers = {"Authorization": f"Bearer {root}", **case.headers}
    response: Any = Client().generic(
        case.method,
        _filled(case.path, ids),
        _filled(case.body.decode("latin-1"), ids).encode("latin-1"),
        case.content_type if case.body else "",
        headers={name: value for name, value in headers.items() if value is not None},
        QUERY_STRING=case.query,
    )
    assert isinstance(response, HttpResponse)
    return response


def said_of(response: HttpResponse) -> str:
    return f"{response.headers}\n{response.content.decode()}"


def _filled(text: str, ids: dict[str, str]) -> str:
    for place, public_id in ids.items():
        text = text.replace(place, public_id)
    return text


def problem_of(response: HttpResponse, case: Case) -> tuple[str, list[tuple[str, str]]]:
    """Code and bad fields of the problem document that every refusal is."""
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "Access-Control-Allow-Origin" not in response.headers
    if case.method == "HEAD":
        return case.code, list(case.errors)
    problem = json.loads(response.content)
    assert problem["status"] == response.status_code
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert problem["detail"]
    errors = [(error["pointer"], error["code"]) for error in problem.get("errors", ())]
    return problem["code"], errors


def everything_stored() -> list[Any]:
    """How many rows each table has but those of use, and every column of the keys."""
    tables = sorted(it._meta.db_table for it in apps.get_models() if it not in OF_USE)
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return [*cursor.fetchall(), *ApiKey.objects.order_by("pk").values_list()]
