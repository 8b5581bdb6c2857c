"""Two people, each removing one of the last two credentials with `*`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from apikeys.domain.errors import LastRootCredential
from apikeys.models import ApiKey
from apikeys.operations import (
    Actor,
    Presentation,
    Secret,
    delete_key,
    disable_key,
    issue_key,
    revise_key,
    revoke_key,
    verify,
)
from tests.races.crew import TRIALS, crew_of, of_type

Removal = Callable[[Actor, str], object]


def give_less(actor: Actor, key_id: str) -> object:
    return revise_key(actor, key_id, scopes=["api_keys:read"])


REMOVALS: list[Removal] = [revoke_key, delete_key, disable_key, give_less]
PAIRS = [(one, other) for one in REMOVALS for other in REMOVALS]


@pytest.mark.django_db(transaction=True)
def test_of_the_last_two_credentials_with_everything_one_remains() -> None:
    actor = Actor.system()
    secrets: dict[str, Secret] = {}

    def issue() -> str:
        issued = issue_key(actor, name="root", key_type="management", scopes=["*"])
        assert issued.secret is not None
        secrets[issued.key.public_id] = issued.secret
        return issued.key.public_id

    survivor = issue()
    with crew_of(2) as crew:
        for trial in range(TRIALS):
            removals = PAIRS[trial % len(PAIRS)]
            key_ids = [survivor, issue()]
            works = [
                partial(work, actor, key_id) for work, key_id in zip(removals, key_ids, strict=True)
            ]
            results = crew.do(works)
            assert len(of_type(LastRootCredential, results)) == 1, results
            assert len(of_type(Exception, results)) == 1, results
            [survivor] = [key_id for key_id in key_ids if stands(secrets[key_id])]
            assert ApiKey.objects.get(public_id=survivor).scopes == ["*"]


def stands(secret: Secret) -> bool:
    return verify(Presentation(secret, scopes=("*",), management=True)).valid
