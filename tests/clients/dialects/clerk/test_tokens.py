"""Tokens between machines: fields, who makes, sees and checks them, and how they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apikeys.models import Tenant
from apikeys.operations import Actor, revise_tenant
from apikeys.operations.reaching import utc_now
from clients.domain.machines import client_id_of
from clients.models import M2MToken
from clients.operations import revise_client, rotate_signing_key
from tests.apikeys.trail import no_event, one_event
from tests.clients.dialects.clerk.calling import Asker, done, faults, refused
from tests.clients.dialects.clerk.conftest import hired
from tests.clients.machines import machine as native_machine
from tests.factories import minted

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("tests")
FIELDS = {
    *("object", "id", "subject", "claims", "scopes", "revoked", "revocation_reason", "expired"),
    *("expiration", "last_used_at", "created_at", "updated_at"),
}
GONE = (404, "resource_not_found")


class Pair:
    """A sender that is scoped to a receiver."""

    def __init__(self, manager: Asker) -> None:
        to = manager.made("receiver")
        own = manager.made("sender", scoped_machines=[to["id"]])
        self.receiver_id, self.sender_id = to["id"], own["id"]
        self.receiver, self.sender = Asker(to["secret_key"]), Asker(own["secret_key"])

    @property
    def client_id(self) -> str:
        return client_id_of(self.sender_id) or ""


@pytest.fixture
def pair(alice: Asker) -> Pair:
    return Pair(alice)


def test_a_token_has_just_these_fields(pair: Pair) -> None:
    made = pair.sender.token(claims={"a": 1}, seconds_until_expiration=1.5)
    assert set(made) == FIELDS | {"token"}
    assert made["object"] == "machine_to_machine_token"
    assert (made["subject"], made["scopes"]) == (pair.sender_id, [pair.receiver_id])
    assert (made["revoked"], made["expired"], made["revocation_reason"]) == (False, False, None)
    assert made["expiration"] - made["created_at"] == 1500
    assert made["last_used_at"] is None
    found = done(pair.receiver.verify(made["token"]))
    assert set(found) == FIELDS
    assert found["last_used_at"] >= made["created_at"]
    page = done(pair.sender.list(pair.sender_id))
    assert page == {"m2m_tokens": [found], "total_count": 1}


def test_the_least_is_nothing_and_null_says_nothing(alice: Asker) -> None:
    own = alice.made(default_token_ttl=7)
    nothing = dict.fromkeys(("seconds_until_expiration", "claims", "min_remaining_ttl_seconds"))
    for made in (Asker(own["secret_key"]).token(), Asker(own["secret_key"]).token(**nothing)):
        assert (made["claims"], made["scopes"]) == (None, [])
        assert made["expiration"] - made["created_at"] == 7000


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"token_format": "paseto"}, "token_format"),
        ({"seconds_until_expiration": 0}, "seconds_until_expiration"),
        ({"seconds_until_expiration": "60"}, "seconds_until_expiration"),
        ({"seconds_until_expiration": 315_360_001}, "seconds_until_expiration"),
        ({"min_remaining_ttl_seconds": -1}, "min_remaining_ttl_seconds"),
        ({"min_remaining_ttl_seconds": 3600}, "min_remaining_ttl_seconds"),
        ({"min_remaining_ttl_seconds": 2**53 - 1}, "min_remaining_ttl_seconds"),
        ({"claims": "c" * 9000}, "claims"),
        ({"token_format": "jwt", "claims": ["a"]}, "claims"),
        ({"token_format": "jwt", "claims": {"sub": "mch_"}}, "claims"),
        ({"token_format": "jwt", "claims": {"client_id": "x"}}, "claims"),
        ({"token_format": "jwt", "claims": {"c": "c" * 7000}}, "claims"),
        ({"token_format": "jwt", "seconds_until_expiration": 86_401}, "seconds_until_expiration"),
        ({"scopes": []}, "scopes"),
        ({"subject": "mch_"}, "subject"),
    ],
)
def test_a_bad_body_names_the_field_and_makes_nothing(
    pair: Pair, body: dict[str, object], name: str
) -> None:
    with no_event():
        assert {it for it, _ in faults(pair.sender.issue(**body))} == {name}
    assert not M2MToken.objects.exists()


def test_a_management_key_makes_none(alice: Asker, tenant: Tenant) -> None:
    assert refused(alice.issue()) == (400, "machine_secret_key_required")
    assert refused(hired(tenant, "clients:read").issue())[0] == 403


def test_only_whom_it_is_meant_for_can_check_it(pair: Pair, alice: Asker, charlie: Asker) -> None:
    text = pair.sender.token()["token"]
    stranger = Asker(alice.made("stranger")["secret_key"])
    for asker in (pair.receiver, alice):
        for name in ("token", "secret"):
            assert done(asker.verify(text, name))["subject"] == pair.sender_id
    for asker in (pair.sender, stranger, charlie, Asker(charlie.made()["secret_key"])):
        assert refused(asker.verify(text)) == GONE


def test_a_scope_counts_only_one_way_and_only_while_it_stands(pair: Pair, alice: Asker) -> None:
    back = pair.receiver.token()["token"]
    assert refused(pair.sender.verify(back)) == GONE
    made = pair.sender.token()
    done(alice.unscope(pair.sender_id, pair.receiver_id))
    assert refused(pair.receiver.verify(made["token"])) == GONE
    assert done(alice.verify(made["token"]))["scopes"] == []
    third = alice.made("third")
    done(alice.scope(pair.sender_id, third["id"]))
    assert refused(Asker(third["secret_key"]).verify(made["token"])) == GONE


@pytest.mark.parametrize("wanted", ["opaque", "jwt"])
def test_a_client_that_is_stopped_ends_its_tokens_at_once(
    pair: Pair, alice: Asker, tenant: Tenant, wanted: str
) -> None:
    text = pair.sender.token(token_format=wanted)["token"]
    done(pair.receiver.verify(text))
    revise_client(SYSTEM, pair.client_id, {"enabled": False})
    for asker in (pair.receiver, alice):
        assert refused(asker.verify(text)) == GONE
    assert refused(pair.sender.issue()) == (401, "clerk_key_invalid")
    revise_client(SYSTEM, pair.client_id, {"enabled": True})
    done(pair.receiver.verify(text))
    revise_tenant(SYSTEM, tenant.public_id, {"status": "suspended"})
    assert refused(pair.receiver.verify(text)) == (401, "clerk_key_invalid")
    revise_tenant(SYSTEM, tenant.public_id, {"status": "active"})
    done(alice.call("DELETE", f"/clerk/v1/machines/{pair.sender_id}"))
    assert refused(pair.receiver.verify(text)) == GONE
    assert not M2MToken.objects.exists()


@pytest.mark.parametrize("wanted", ["opaque", "jwt"])
def test_a_token_ends_with_its_time(pair: Pair, alice: Asker, wanted: str) -> None:
    with time_machine.travel(utc_now().replace(microsecond=0), tick=False) as clock:
        text = pair.sender.token(token_format=wanted, seconds_until_expiration=10)["token"]
        clock.shift(timedelta(seconds=9))
        done(pair.receiver.verify(text))
        clock.shift(timedelta(seconds=1))
        for asker in (pair.receiver, alice):
            assert refused(asker.verify(text)) == GONE


def test_whatever_is_no_good_token_is_refused_alike(pair: Pair, alice: Asker) -> None:
    revoked = pair.sender.token()
    done(pair.sender.revoke(revoked["id"]))
    key = alice.made()["secret_key"]
    bad = ("", "mt_", "\n", "x" * 9000, revoked["id"], revoked["token"], key, alice.secret)
    told = [pair.receiver.verify(text) for text in bad]
    assert {refused(it) for it in told} == {GONE}
    assert len({it.body["errors"][0]["message"] for it in told}) == 1


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": "a", "secret": "a"}])
def test_a_verify_is_of_one_text(alice: Asker, body: dict[str, object]) -> None:
    answer = alice.call("POST", "/clerk/v1/m2m_tokens/verify", body)
    assert faults(answer) == {("token", "form_param_missing")}


def test_a_revocation_is_told_once_with_its_reason(pair: Pair, alice: Asker) -> None:
    made = pair.sender.token()
    assert refused(pair.receiver.revoke(made["id"])) == GONE
    with one_event("token.revoked") as told:
        revoked = done(pair.sender.revoke(made["id"].upper().replace("MT_", "mt_")))
    assert (revoked["revoked"], revoked["revocation_reason"]) == (True, None)
    assert (told.event.actor_kind, told.event.actor_id) == ("service_client", pair.client_id)
    with no_event():
        assert done(alice.revoke(made["id"], revocation_reason="late")) == revoked
    row = M2MToken.objects.get(public_id=made["id"])
    assert (row.digest, row.sealed) == (None, None)
    other = pair.sender.token()
    assert done(alice.revoke(other["id"], revocation_reason="x"))["revocation_reason"] == "x"


def test_ids_that_are_not_ones_own_are_refused_alike(
    pair: Pair, alice: Asker, charlie: Asker
) -> None:
    foreign = Asker(charlie.made()["secret_key"]).token()["id"]
    for asker in (alice, pair.sender):
        ids = (foreign, f"mt_{'0' * 32}", "mt_1", "x", f"mt_{'g' * 32}")
        assert {refused(asker.revoke(it)) for it in ids} == {GONE}
    assert refused(pair.sender.list(pair.receiver_id)) == GONE
    assert refused(alice.call("GET", "/clerk/m2m_tokens")) == (400, "form_param_missing")


@pytest.mark.parametrize("mount", ["/clerk/m2m_tokens", "/clerk/v1/m2m_tokens"])
def test_tokens_are_at_both_addresses(pair: Pair, mount: str) -> None:
    sender = Asker(pair.sender.secret, mount)
    made = sender.token()
    done(Asker(pair.receiver.secret, mount).verify(made["token"]))
    assert done(sender.list(pair.sender_id, limit="10.0", offset="0.0"))["total_count"] == 1
    done(sender.revoke(made["id"]))


def test_machines_are_with_v1_alone(alice: Asker) -> None:
    assert refused(alice.call("GET", "/clerk/machines")) == GONE


def test_a_second_rotation_ends_the_key_before_the_last(alice: Asker) -> None:
    made = alice.made()
    with time_machine.travel(utc_now(), tick=False) as clock:
        second = done(alice.rotate(made["id"], 60))["secret"]
        Asker(made["secret_key"]).token()
        third = done(alice.rotate(made["id"], 30))["secret"]
        assert refused(Asker(made["secret_key"]).issue())[0] == 401
        Asker(second).token()
        clock.shift(timedelta(seconds=30))
        assert refused(Asker(second).issue())[0] == 401
        Asker(third).token()


def test_a_token_is_given_again_only_while_it_says_the_same(pair: Pair, alice: Asker) -> None:
    first = pair.sender.token(claims={"a": 1, "b": 2})
    with no_event():
        again = pair.sender.token(claims={"b": 2, "a": 1}, min_remaining_ttl_seconds=60)
    assert again == first
    third = alice.made("third")
    done(alice.scope(pair.sender_id, third["id"]))
    wider = pair.sender.token(claims={"a": 1, "b": 2}, min_remaining_ttl_seconds=60)
    assert wider["id"] != first["id"]
    done(pair.sender.revoke(wider["id"]))
    anew = pair.sender.token(claims={"a": 1, "b": 2}, min_remaining_ttl_seconds=60)
    assert anew["id"] not in (first["id"], wider["id"])


def test_a_jwt_is_never_given_again_nor_listed(pair: Pair) -> None:
    asked: dict[str, Any] = {"token_format": "jwt", "min_remaining_ttl_seconds": 60}
    assert pair.sender.token(**asked)["id"] != pair.sender.token(**asked)["id"]
    assert done(pair.sender.list(pair.sender_id))["total_count"] == 0


def test_a_jwt_stays_good_when_the_signing_key_changes(pair: Pair) -> None:
    text = pair.sender.token(token_format="jwt", claims={"x": [1]})["token"]
    rotate_signing_key(SYSTEM)
    assert done(pair.receiver.verify(text))["claims"] == {"x": [1]}


def test_a_jwt_of_another_kind_or_issuer_is_none(pair: Pair, settings: Any) -> None:
    text = pair.sender.token(token_format="jwt")["token"]
    assert refused(pair.receiver.verify(native_machine().token())) == GONE
    settings.SERVICE_CLIENTS = {"ISSUERS": ("https://elsewhere.example",)}
    assert refused(pair.receiver.verify(text)) == GONE
    settings.SERVICE_CLIENTS = {}
    assert faults(pair.sender.issue(token_format="jwt")) == {
        ("token_format", "form_param_value_invalid")
    }


@pytest.mark.parametrize("wanted", ["opaque", "jwt"])
def test_a_token_between_machines_opens_nothing_of_ours(
    pair: Pair, alice: Asker, wanted: str
) -> None:
    revise_client(SYSTEM, pair.client_id, {"scopes": ["clients:read"]})
    made = pair.sender.token(token_format=wanted, claims={"scopez": "clients:read"})
    bearer = Asker(made["token"])
    assert refused(bearer.machines()) == (401, "clerk_key_invalid")
    assert refused(bearer.issue()) == (401, "clerk_key_invalid")
    secret_key = Asker(pair.sender.secret)
    assert refused(secret_key.machines()) == (401, "clerk_key_invalid")


def test_a_management_key_may_begin_like_a_secret_key(tenant: Tenant, pair: Pair) -> None:
    key = minted(
        tenant=tenant.public_id, key_type="management", scopes=["clients:read"], prefix="ak"
    )[1]
    assert key.startswith("ak_")
    done(Asker(key).list(pair.sender_id))
