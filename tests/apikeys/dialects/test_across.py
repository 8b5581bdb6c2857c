"""One key behind every face: what one of them made or changed is there in all the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from apikeys.domain.attributes import ATTRIBUTES, Written
from apikeys.models import Tenant
from tests.apikeys.chosen import CHOSEN
from tests.apikeys.dialects.faces import Face, Native, faces
from tests.calling import Caller
from tests.factories import TenantFactory, minted

pytestmark = pytest.mark.django_db

FACES = faces()
RICH = {**CHOSEN, "requires_client_secret": True, "expires_at": "2090-01-02T03:04:05Z"}

# What every change of a key moves, whatever was changed.
MOVED = frozenset({"updated_at"})


@pytest.fixture
def credential() -> str:
    """Of a management key of Alice's, who may do everything in her tenant."""
    alice: Tenant = TenantFactory.create(name="Alice")
    _, secret = minted(tenant=alice.public_id, key_type="management", scopes=["*"])
    return secret


@pytest.fixture
def native(credential: str) -> Native:
    return Native(credential)


@pytest.fixture(params=FACES)
def maker(request: pytest.FixtureRequest, credential: str) -> Face:
    """The face that a key is made in."""
    return FACES[request.param](credential)


@pytest.fixture(params=FACES)
def other(request: pytest.FixtureRequest, credential: str) -> Face:
    """The face in which something else is done with it."""
    return FACES[request.param](credential)


def rest(key: Mapping[str, Any], *changed: str) -> dict[str, str]:
    """The attributes that a change was not about, as they were written."""
    return {
        name: json.dumps(value) for name, value in key.items() if name not in {*changed, *MOVED}
    }


def test_a_key_made_in_one_is_read_in_the_other(maker: Face, other: Face) -> None:
    public_id, _ = maker.make("made here")
    assert other.read(public_id) == "made here"
    assert other.lists(public_id)


def test_a_key_made_in_one_is_verified_in_the_other(maker: Face, other: Face) -> None:
    _, secret = maker.make("made here")
    assert other.verify(secret) in (True, None)


def test_a_change_in_the_other_is_a_change_of_just_that(
    maker: Face, other: Face, native: Native
) -> None:
    public_id, _ = maker.make("made here")
    before = native.whole(public_id)
    changed = other.rename_or_describe(public_id, "changed there")
    after = native.whole(public_id)
    assert changed in ("name", "description")
    assert after[changed] == "changed there"
    assert rest(after, changed) == rest(before, changed)
    assert maker.read(public_id) == other.read(public_id) == after["name"]


def test_a_key_revoked_in_the_other_is_good_nowhere(
    maker: Face, other: Face, credential: str
) -> None:
    public_id, secret = maker.make("made here")
    bystander, _ = maker.make("left alone")
    other.revoke(public_id)
    everywhere = {name: face(credential) for name, face in FACES.items()}
    assert {name: face.verify(secret) or False for name, face in everywhere.items()} == (
        dict.fromkeys(FACES, False)
    )
    assert [name for name, face in everywhere.items() if not face.lists(bystander)] == []


def test_a_key_that_was_deleted_is_in_none(other: Face, native: Native, credential: str) -> None:
    public_id, secret = native.make("to be deleted")
    Caller(credential).delete(f"/api_keys/{public_id}")
    assert not other.lists(public_id)
    assert not other.verify(secret)


def test_a_rich_key_loses_nothing_by_a_change(other: Face, native: Native, credential: str) -> None:
    issued = Caller(credential).issue(
        RICH["name"], **{k: v for k, v in RICH.items() if k != "name"}
    )
    before = native.whole(issued["id"])
    changed = other.rename_or_describe(issued["id"], "changed there")
    after = native.whole(issued["id"])
    assert rest(after, changed) == rest(before, changed)
    assert after[changed] == "changed there"


def test_a_rich_key_has_nothing_as_it_would_be_anyway() -> None:
    chosen = [it for it in ATTRIBUTES.values() if it.shown and it.written is not Written.NEVER]
    assert {it.name for it in chosen if not it.holder} == RICH.keys()
    assert not [it.name for it in chosen if it.name in RICH and RICH[it.name] == it.default]
