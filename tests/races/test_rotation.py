"""Many rotations of one key."""

from __future__ import annotations

from functools import partial

import pytest

from apikeys.domain.events import Action
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, AuditEvent, KeySecret
from apikeys.operations import Actor, Presentation, issue_key, rotate_secret, verify
from apikeys.operations.rotate import Rotated
from tests.races.crew import TRIALS, crew_of, of_type

ROTATIONS = 32


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("grace_seconds", [0, 3600])
def test_of_thirty_two_rotations_at_once_one_secret_stays_current(grace_seconds: int) -> None:
    actor = Actor.system()
    with crew_of(ROTATIONS) as crew:
        for _ in range(TRIALS // 2):
            issued = issue_key(actor, name="rotated")
            key_id = issued.key.public_id
            rotate = partial(rotate_secret, actor, key_id, grace_seconds=grace_seconds)
            rotated = of_type(Rotated, crew.all_do(rotate))
            assert len(rotated) == ROTATIONS
            assert issued.secret is not None
            secrets = [issued.secret, *(each.secret for each in rotated)]
            assert_one_is_current(issued.key, secrets)
            in_force = len([secret for secret in secrets if verify(Presentation(secret)).valid])
            assert in_force == (ROTATIONS + 1 if grace_seconds else 1)
            assert_nothing_was_lost(key_id)


def assert_one_is_current(key: ApiKey, secrets: list[Secret]) -> None:
    current = KeySecret.objects.get(key=key, retires_at=None)
    assert current.pk == KeySecret.objects.filter(key=key).latest("pk").pk
    [last] = [
        secret
        for secret in secrets
        if (secret.reveal()[-4:], secret.reveal()[:10]) == (current.hint, current.prefix)
    ]
    assert verify(Presentation(last)).valid


def assert_nothing_was_lost(key_id: str) -> None:
    assert ApiKey.objects.get(public_id=key_id).version == 1 + ROTATIONS
    events = AuditEvent.objects.filter(object_id=key_id, action=Action.KEY_ROTATED)
    assert events.count() == ROTATIONS
