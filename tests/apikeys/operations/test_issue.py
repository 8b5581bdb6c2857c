"""Issuing: what is stored, what is shown once, who may give what."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.errors import (
    AlreadyImported,
    GrantExceedsHolder,
    InvalidInput,
    NotPermitted,
)
from apikeys.domain.secret import Secret
from apikeys.models import (
    AccessPolicy,
    ApiKey,
    KeyDetails,
    KeyLabel,
    KeySecret,
    SealedSecret,
    Tenant,
    UsageLimits,
    UsageTotals,
)
from apikeys.models.shown import shown
from apikeys.operations import Presentation, issue_key, verify
from tests.apikeys.personas import ROOT, alice, runs
from tests.apikeys.trail import no_event, one_event
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)
SHA256 = hashlib.sha256(b"made elsewhere").hexdigest()
EVERY_HOME: dict[str, Any] = {
    "name": "Nightly job",
    "subject": "user_1",
    "tags": ["a", "b"],
    "scopes": ["words:read"],
    "permissions": ["read"],
    "resource_scopes": [{"resource_type": "book", "resource_id": "7", "operations": ["read"]}],
    "claims": {"plan": ["gold"]},
    "metadata": {"a": None},
    "allowed_ips": ["10.0.0.0/8"],
    "enforce_https": True,
    "credits": 5,
    "cost_per_request": "0.0025",
    "alert_emails": ["a@example.com"],
    "documentation_url": "https://example.com/docs",
}


def test_the_secret_that_is_returned_is_the_only_plaintext() -> None:
    issued = issue_key(ROOT, name="x", recoverable=True, requires_client_secret=True)
    assert issued.secret is not None
    assert issued.client_secret is not None
    assert verify(Presentation(issued.secret)).outcome == "client_secret_required"
    stored = "".join(
        str(row)
        for model in (ApiKey, KeySecret, AccessPolicy, SealedSecret)
        for row in model._base_manager.values()
    )
    assert issued.secret.reveal() not in stored
    assert issued.client_secret.reveal() not in stored
    assert hashlib.sha256(issued.secret.reveal().encode()).hexdigest() not in stored


def test_every_attribute_goes_home_and_comes_back() -> None:
    key = issue_key(ROOT, EVERY_HOME).key
    read = shown(ApiKey.objects.whole().get(pk=key.pk), NOW)
    assert {name: read[name] for name in EVERY_HOME} == EVERY_HOME
    assert set(read) == {name for name, attribute in ATTRIBUTES.items() if attribute.shown}


def test_hot_rows_are_there_from_the_start_and_details_only_when_set() -> None:
    plain, detailed = issue_key(ROOT, name="x").key, issue_key(ROOT, EVERY_HOME).key
    for model in (AccessPolicy, UsageLimits, UsageTotals):
        assert model._base_manager.filter(key__in=[plain, detailed]).count() == 2
    assert list(KeyDetails.objects.values_list("key_id", flat=True)) == [detailed.pk]


def test_tags_and_scopes_can_be_filtered_by() -> None:
    key = issue_key(ROOT, EVERY_HOME).key
    labels = KeyLabel.objects.filter(key=key).values_list("kind", "value")
    assert set(labels) == {("tag", "a"), ("tag", "b"), ("scope", "words:read")}


def test_one_event_tells_who_issued_what_without_a_secret() -> None:
    actor = alice()
    with one_event("key.issued") as told:
        issued = issue_key(actor, name="x", scopes=["a"], now=NOW)
    event = told.event
    assert issued.secret is not None
    assert (event.object_id, event.at) == (issued.key.public_id, NOW)
    assert (event.actor_kind, event.actor_id) == (actor.kind, actor.id)
    assert (event.ip, event.request_id) == (actor.ip, actor.request_id)
    assert event.changes["scopes"] == ["a"]
    assert issued.secret.reveal() not in str(event.changes)


def test_the_first_key_of_a_host_makes_the_default_tenant() -> None:
    assert not Tenant.objects.exists()
    key = issue_key(ROOT, name="x").key
    assert key.tenant == Tenant.objects.default()
    assert issue_key(ROOT, name="y").key.tenant == key.tenant


def test_a_subject_defaults_to_the_tenant_and_a_maker_to_the_actor() -> None:
    actor = alice()
    key = issue_key(actor, name="x").key
    assert (key.subject, key.created_by) == (actor.tenant_id, actor.id)


@pytest.mark.parametrize(
    ("tenants", "asked", "expected"),
    [("", None, "ks_live_"), ("al", None, "al_live_"), ("al", "ak", "ak_live_")],
)
def test_the_prefix_is_the_calls_the_tenants_or_the_deployments(
    tenants: str, asked: str | None, expected: str
) -> None:
    tenant = TenantFactory.create(secret_prefix=tenants)
    issued = issue_key(ROOT, {"name": "x", "tenant": tenant.public_id, "prefix": asked})
    assert issued.secret is not None
    assert issued.secret.reveal().startswith(expected)
    assert issued.key.current_secret.prefix == issued.secret.reveal()[:10]
    assert issued.key.current_secret.hint == issued.secret.reveal()[-4:]


def test_an_end_can_be_given_as_a_time_or_as_a_span() -> None:
    later = NOW + timedelta(days=1)
    assert issue_key(ROOT, name="x", expires_at=later, now=NOW).key.expires_at == later
    spanned = issue_key(ROOT, name="x", seconds_until_expiration=86_400, now=NOW)
    assert spanned.key.expires_at == later


def test_a_key_cannot_be_born_expired() -> None:
    with pytest.raises(InvalidInput, match="/expires_at"):
        issue_key(ROOT, name="x", expires_at=NOW, now=NOW)


def test_an_imported_hash_makes_a_key_that_its_holder_can_use() -> None:
    issued = issue_key(ROOT, name="x", import_hash=SHA256, key_prefix="old_", key_hint="here")
    assert issued.secret is None
    verdict = verify(Presentation(Secret("made elsewhere")))
    assert verdict.valid
    assert (issued.key.current_secret.prefix, issued.key.current_secret.hint) == ("old_", "here")
    assert verify(Presentation(Secret(SHA256))).outcome == "not_found"


def test_one_imported_hash_makes_one_key() -> None:
    issue_key(ROOT, name="x", import_hash=SHA256)
    with no_event(), pytest.raises(AlreadyImported):
        issue_key(ROOT, name="y", import_hash=SHA256.upper())
    assert ApiKey.objects.count() == 1


def test_the_hash_of_a_minted_key_cannot_be_imported_again() -> None:
    issued = issue_key(ROOT, name="x")
    assert issued.secret is not None
    known = hashlib.sha256(issued.secret.reveal().encode()).hexdigest()
    with pytest.raises(AlreadyImported):
        issue_key(ROOT, name="y", import_hash=known)


def test_nobody_gives_a_management_scope_that_they_lack() -> None:
    tenant = TenantFactory.create()
    reader = runs(tenant, "api_keys:read")
    issue_key(reader, name="x", key_type="management", scopes=["api_keys:read"])
    for scope in ("api_keys:write", "*"):
        with no_event(), pytest.raises(GrantExceedsHolder):
            issue_key(reader, name="x", key_type="management", scopes=[scope])


def test_the_words_of_a_standard_key_are_free() -> None:
    key = issue_key(runs(TenantFactory.create(), "api_keys:write"), name="x", scopes=["*"]).key
    assert key.scopes == ["*"]


@pytest.mark.parametrize("name", ["tenant", "created_by"])
def test_only_who_holds_everything_names_tenant_and_maker(name: str) -> None:
    with pytest.raises(NotPermitted):
        issue_key(alice(), {"name": "x", name: "someone"})


def test_a_holder_of_everything_stays_in_its_own_tenant_all_the_same() -> None:
    owner = runs(TenantFactory.create(), "*")
    other = TenantFactory.create().public_id
    for wanted in (other, "org_missing"):
        with pytest.raises(InvalidInput) as refusal:
            issue_key(owner, name="x", tenant=wanted)
        assert [error.code for error in refusal.value.errors] == ["not_found"]
    assert issue_key(owner, name="x", tenant=owner.tenant_id).key.name == "x"


def test_bad_input_leaves_nothing() -> None:
    with no_event(), pytest.raises(InvalidInput):
        issue_key(ROOT, name="", nonsense=1)
    assert not ApiKey.objects.exists()


def test_no_member_of_a_foreign_mapping_passes_for_an_argument() -> None:
    with pytest.raises(InvalidInput, match="/now"):
        issue_key(ROOT, {"name": "x", "now": NOW})
