"""A change that Redis could not be told of is no success, however often it is repeated."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from apikeys.domain.errors import NotFound, RevocationPending
from apikeys.limiters.remote.limiter import RedisLimiter
from apikeys.models import OutboxMessage
from apikeys.operations import delete_key, revoke_key
from apikeys.operations.limiting import install
from tests.apikeys.personas import ROOT, charlie
from tests.factories import KeyFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _nobody_listens() -> Generator[None, None, None]:
    """Redis is down."""
    install(RedisLimiter("unix:///nowhere/valkey.sock"))
    yield
    install(None)


@pytest.mark.usefixtures("_nobody_listens")
def test_a_revoke_is_pending_until_it_is_published(valkey_url: str) -> None:
    key = KeyFactory.create()
    for _ in range(2):
        with pytest.raises(RevocationPending):
            revoke_key(ROOT, key.public_id)
    install(RedisLimiter(valkey_url))
    assert revoke_key(ROOT, key.public_id).revoked_at
    assert not OutboxMessage.objects.exists()


@pytest.mark.usefixtures("_nobody_listens")
def test_a_delete_is_pending_until_it_is_published(valkey_url: str) -> None:
    key = KeyFactory.create()
    for _ in range(2):
        with pytest.raises(RevocationPending):
            delete_key(ROOT, key.public_id)
    install(RedisLimiter(valkey_url))
    with pytest.raises(NotFound):
        delete_key(ROOT, key.public_id)


@pytest.mark.usefixtures("_nobody_listens")
def test_another_tenant_learns_nothing_of_a_pending_delete() -> None:
    key = KeyFactory.create()
    with pytest.raises(RevocationPending):
        delete_key(ROOT, key.public_id)
    with pytest.raises(NotFound):
        delete_key(charlie(), key.public_id)
