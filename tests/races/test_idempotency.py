"""One request, sent many times."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apikeys.domain.events import Action
from apikeys.models import ApiKey, AuditEvent
from apikeys.operations import Actor, Presentation, Secret, issue_key, verify
from tests.races.crew import TRIALS, crew_of, of_type

REQUESTS = 32


@pytest.mark.django_db(transaction=True)
def test_of_thirty_two_equal_creates_one_makes_a_key_and_the_others_tell_of_it() -> None:
    maker = issue_key(Actor.system(), name="maker", key_type="management", scopes=["*"])
    assert maker.secret is not None
    with crew_of(REQUESTS) as crew:
        for trial in range(TRIALS):
            send = partial(create, maker.secret, f"trial-{trial}")
            results = of_type(HttpResponse, crew.all_do(send))
            assert len(results) == REQUESTS
            made = [one for one in results if one.status_code == 201]
            refused = [one for one in results if one.status_code == 409]
            assert len(made) + len(refused) == REQUESTS
            assert {json.loads(one.content)["code"] for one in refused} <= {
                "idempotency_in_progress"
            }
            replayed = [one for one in made if "Idempotent-Replayed" in one.headers]
            assert len(made) - len(replayed) == 1
            assert_one_key(f"trial-{trial}", [json.loads(one.content) for one in made])
            assert send().headers["Idempotent-Replayed"] == "true"


def create(maker: Secret, name: str) -> HttpResponse:
    response: Any = Client().post(
        "/api/v1/api_keys",
        json.dumps({"name": name}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {maker.reveal()}", "Idempotency-Key": name},
    )
    assert isinstance(response, HttpResponse)
    return response


def assert_one_key(name: str, answers: list[dict[str, Any]]) -> None:
    key = ApiKey.objects.get(name=name)
    assert {answer["id"] for answer in answers} == {key.public_id}
    [secret] = {answer["secret"] for answer in answers}
    assert verify(Presentation(Secret(secret))).valid
    events = AuditEvent.objects.filter(object_id=key.public_id)
    assert [event.action for event in events] == [Action.KEY_ISSUED]
