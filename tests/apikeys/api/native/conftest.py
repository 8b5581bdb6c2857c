"""The people in these tests, made through the operations.

Root keeps the service. Alice administers her tenant, Bob may only look at it. Charlie administers
another tenant and must not learn that Alice exists.
"""

from __future__ import annotations

import os

import pytest

from apikeys.domain.actors import Actor
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, Tenant
from apikeys.operations import create_tenant, issue_key
from apikeys.operations.root import ensure_root_key
from tests import bed
from tests.calling import Caller

# What keeps a row, gives it back and decides: on SQLite, which is quicker. What lists, changes,
# repeats and counts meets both databases, as does every new file.
_OF_ONE_DATABASE = [
    "test_create_key.py",
    "test_credentials.py",
    "test_forward_auth.py",
    "test_import_key.py",
    "test_openapi.py",
    "test_secret.py",
    "test_verify.py",
    "test_verify_rules.py",
]

collect_ignore = _OF_ONE_DATABASE if os.environ.get(bed.PREPARED) == bed.POSTGRESQL else []

READING = ("api_keys:read", "tenants:read", "audit:read")


def hire(tenant: Tenant, name: str, *scopes: str, **attributes: object) -> Caller:
    """Somebody with a management key of a tenant."""
    issued = issue_key(
        Actor.system("tests"),
        {
            "name": name,
            "tenant": tenant.public_id,
            "key_type": "management",
            "scopes": list(scopes),
            **attributes,
        },
    )
    assert issued.secret is not None
    return Caller(issued.secret.reveal(), issued.key.public_id, tenant.public_id)


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Everything here meets the database."""


@pytest.fixture
def root() -> Caller:
    secret = ensure_root_key()
    assert isinstance(secret, Secret)
    key = ApiKey.objects.select_related("tenant").get(is_root=True)
    return Caller(secret.reveal(), key.public_id, key.tenant.public_id)


@pytest.fixture
def alices_tenant() -> Tenant:
    tenant: Tenant = create_tenant(Actor.system("tests"), name="Alice")
    return tenant


@pytest.fixture
def alice(alices_tenant: Tenant) -> Caller:
    return hire(alices_tenant, "Alice", "*")


@pytest.fixture
def bob(alices_tenant: Tenant) -> Caller:
    return hire(alices_tenant, "Bob", *READING)


@pytest.fixture
def charlie() -> Caller:
    return hire(create_tenant(Actor.system("tests"), name="Charlie"), "Charlie", "*")


@pytest.fixture
def stranger() -> Caller:
    return Caller()


@pytest.fixture
def same_answer_as_missing(charlie: Caller) -> SameAsMissing:
    return SameAsMissing(charlie)


class SameAsMissing:
    """Whether Charlie's call on an id is answered byte for byte like one on an id nobody has."""

    def __init__(self, charlie: Caller) -> None:
        self._charlie = charlie

    def __call__(self, method: str, path: str, object_id: str, body: object = None) -> bool:
        """`path` has `{id}` in it."""
        nobodys = object_id[:-8] + "0" * 8
        foreign, missing = (
            self._charlie.call(method, path.format(id=it), body, x_request_id="same-for-both")
            for it in (object_id, nobodys)
        )
        assert missing.status == 404
        return foreign == missing
