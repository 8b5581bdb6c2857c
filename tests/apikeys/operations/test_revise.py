"""Revising: only what is named, in its own column, and never beyond one's own grants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apikeys.domain.errors import (
    GrantExceedsHolder,
    InvalidInput,
    KeyRevoked,
    LastRootCredential,
    NotFound,
    NotPermitted,
    VersionMismatch,
)
from apikeys.models import AccessPolicy, ApiKey, KeyDetails, KeyLabel
from apikeys.operations import delete_key, issue_key, revise_key, revoke_key
from tests.apikeys.personas import ROOT, alice, charlie, runs
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, TenantFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)


def test_only_what_is_named_changes_and_the_event_tells_from_what_to_what() -> None:
    key = KeyFactory.create(name="old", description="stays", allowed_ips=["10.0.0.1"])
    with one_event("key.revised") as told:
        revise_key(ROOT, key.public_id, name="new", allowed_ips=None, now=NOW)
    stored = ApiKey.objects.whole().get()
    assert (stored.name, stored.description, stored.policy.allowed_ips) == ("new", "stays", None)
    assert (stored.version, stored.updated_at) == (2, NOW)
    assert told.event.changes == {"name": ["old", "new"], "allowed_ips": [["10.0.0.1"], None]}


def test_delicate_values_are_told_as_changed_only() -> None:
    key = KeyFactory.create()
    with one_event("key.revised") as told:
        revise_key(ROOT, key.public_id, metadata={"ssn": 1}, claims="private")
    assert told.event.changes == {"metadata": "changed", "claims": "changed"}


def test_a_change_to_what_is_already_there_is_none() -> None:
    key = KeyFactory.create(name="x", tags=["a"])
    with no_event():
        revised = revise_key(ROOT, key.public_id, name="x", tags=["a"], credits=None)
    assert revised.key.version == 1


def test_details_appear_with_the_first_of_them() -> None:
    key = KeyFactory.create()
    revise_key(ROOT, key.public_id, support_contact="help@example.com")
    details = KeyDetails.objects.get(key=key)
    assert (details.support_contact, details.quota_alert_threshold) == ("help@example.com", 0.8)


def test_filters_follow_the_new_tags_and_scopes() -> None:
    key = KeyFactory.create(tags=["a", "b"], scopes=["x"])
    revise_key(ROOT, key.public_id, tags=["b", "c"])
    labels = set(KeyLabel.objects.filter(key=key).values_list("kind", "value"))
    assert labels == {("tag", "b"), ("tag", "c"), ("scope", "x")}


def test_a_renamed_key_is_found_by_its_new_name() -> None:
    key = KeyFactory.create(name="Old")
    revise_key(ROOT, key.public_id, name="NEW")
    assert list(ApiKey.objects.matching("new")) == [key]
    assert not ApiKey.objects.matching("old").exists()


def test_a_client_secret_comes_and_goes_with_its_demand() -> None:
    key = KeyFactory.create()
    revised = revise_key(ROOT, key.public_id, requires_client_secret=True)
    assert revised.client_secret is not None
    assert AccessPolicy.objects.get(key=key).client_secret_digest is not None
    assert revise_key(ROOT, key.public_id, name="y").client_secret is None
    revise_key(ROOT, key.public_id, requires_client_secret=False)
    assert AccessPolicy.objects.get(key=key).client_secret_digest is None


def test_a_revoked_key_cannot_be_changed() -> None:
    key = KeyFactory.create()
    revoke_key(ROOT, key.public_id)
    with no_event(), pytest.raises(KeyRevoked):
        revise_key(ROOT, key.public_id, name="y")


def test_charlie_does_not_find_alices_key() -> None:
    key, stranger = issue_key(alice(), name="x").key, charlie()
    for missing in (key.public_id, "key_missing", ""):
        with no_event(), pytest.raises(NotFound):
            revise_key(stranger, missing, name="y")
    assert ApiKey.objects.get(pk=key.pk).name == "x"


def test_a_deleted_key_is_not_found() -> None:
    key = KeyFactory.create()
    delete_key(ROOT, key.public_id)
    with pytest.raises(NotFound):
        revise_key(ROOT, key.public_id, name="y")


def test_a_change_to_an_outdated_version_is_refused() -> None:
    key = KeyFactory.create()
    revise_key(ROOT, key.public_id, name="y", expected_version=1)
    with no_event(), pytest.raises(VersionMismatch):
        revise_key(ROOT, key.public_id, name="z", expected_version=1)
    assert ApiKey.objects.get().name == "y"


def test_every_bad_field_is_told_and_nothing_is_written() -> None:
    key = KeyFactory.create(name="x")
    with no_event(), pytest.raises(InvalidInput) as refusal:
        revise_key(ROOT, key.public_id, {"name": "ok", "key_type": "management", "credits": -1})
    assert {error.pointer for error in refusal.value.errors} == {"/key_type", "/credits"}
    assert ApiKey.objects.get().name == "x"


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": ["*"]},
        {"scopes": ["api_keys:read", "api_keys:write"]},
        {"hold": None},
        {"expires_at": None},
        {"allowed_ips": None},
    ],
)
def test_nobody_opens_a_management_key_that_holds_more_than_they_do(
    change: dict[str, object],
) -> None:
    tenant = TenantFactory.create()
    strong = issue_key(
        runs(tenant, "*"),
        name="x",
        key_type="management",
        scopes=["*"],
        hold="suspended",
        allowed_ips=["10.0.0.1"],
        expires_at=datetime.now(UTC) + timedelta(days=1),
    ).key
    weak = runs(tenant, "api_keys:read", "api_keys:write")
    with no_event(), pytest.raises(GrantExceedsHolder):
        revise_key(weak, strong.public_id, change)


def test_a_mere_writer_neither_disables_nor_enables_by_a_change() -> None:
    tenant = TenantFactory.create()
    key = KeyFactory.create(tenant=tenant.public_id)
    with no_event(), pytest.raises(NotPermitted):
        revise_key(runs(tenant, "api_keys:write"), key.public_id, hold="disabled")


@pytest.mark.parametrize("change", [{"scopes": []}, {"hold": "suspended"}])
def test_the_last_credential_with_everything_stays(change: dict[str, object]) -> None:
    key = issue_key(ROOT, name="x", key_type="management", scopes=["*"]).key
    with no_event(), pytest.raises(LastRootCredential):
        revise_key(ROOT, key.public_id, change)
    issue_key(ROOT, name="y", key_type="management", scopes=["*"])
    revise_key(ROOT, key.public_id, change)
