"""Which key an address means: users and names with any character, ids, namesakes."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.models import ApiKey, Tenant
from apikeys.operations import Actor, delete_key, revise_key
from apikeys.operations.root import ensure_root_key
from tests.apikeys.dialects.mixpeek.calling import (
    EMAIL,
    USERS,
    Mixpeek,
    code,
    done,
    key_at,
    keys_of,
)
from tests.factories import TenantFactory, minted

SYSTEM = Actor.system("tests")
NAMES = [
    *("my key/1", "a+b", "a%2Fb", "50 %", "a@b", "a?b#c", "näme", "key/rotate", "rotate"),
    *("api-keys", "x/api-keys", "x/api-keys/y", "a;b=c", "\u200d\U0001f511"),
]


def native(tenant: Tenant, **attributes: Any) -> str:
    key, _ = minted(**{"tenant": tenant.public_id, "subject": EMAIL, "name": "n", **attributes})
    return str(key.public_id)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_an_address(alice: Mixpeek, name: str) -> None:
    made = alice.made(name)
    assert done(alice.update(name, description="x"))["key_id"] == made["key_id"]
    assert done(alice.rotate(name))["key_id"] == made["key_id"]
    done(alice.delete(name))
    assert alice.shown(made["key_id"])["status"] == "revoked"


@pytest.mark.parametrize("user", ["a@b.co", "a+x@b.co", "a/b", "ümlaut@b.co", "key_0", "api-keys"])
def test_any_user_is_an_address(alice: Mixpeek, user: str) -> None:
    made = alice.made("ci", user=user)
    assert made["user_id"] == user
    assert done(alice.listed(user))["total"] == 1
    done(alice.delete("ci", user=user))


def test_a_name_is_found_however_its_letters_are_composed(alice: Mixpeek) -> None:
    made = alice.made("cafe\u0301", user="rene\u0301@b.co")
    assert made["name"] == "caf\u00e9"
    done(alice.update("cafe\u0301", user="rene\u0301@b.co", description="x"))


def test_the_key_id_is_an_address_too(alice: Mixpeek) -> None:
    made = alice.made("ci")
    assert done(alice.update(made["key_id"], name="new"))["name"] == "new"
    assert done(alice.rotate(made["key_id"]))["name"] == "new"
    done(alice.delete(made["key_id"]))


def test_an_id_means_its_key_though_another_is_named_so(alice: Mixpeek) -> None:
    meant = alice.made("meant")
    alice.made(meant["key_id"])
    assert done(alice.update(meant["key_id"], description="x"))["name"] == "meant"


def test_an_id_is_no_address_below_another_user(alice: Mixpeek) -> None:
    made = alice.made("ci")
    assert code(alice.delete(made["key_id"], user="other@example.com")) == (404, "not_found")


def test_of_namesakes_the_live_one_is_meant(alice: Mixpeek) -> None:
    old = alice.made("ci")
    alice.delete("ci")
    new = alice.made("ci")
    assert done(alice.rotate("ci"))["key_id"] == new["key_id"]
    alice.delete("ci")
    assert done(alice.update("ci", status="revoked"))["key_id"] == new["key_id"]
    assert done(alice.update(old["key_id"], status="revoked"))["key_id"] == old["key_id"]


def test_an_older_live_key_comes_before_a_newer_expired_one(alice: Mixpeek, tenant: Tenant) -> None:
    live = native(tenant)
    revise_key(SYSTEM, native(tenant), expires_at="2020-01-01T00:00:00Z")
    assert done(alice.update("n", description="x"))["key_id"] == live


def test_a_deleted_key_is_missing(alice: Mixpeek, tenant: Tenant) -> None:
    public_id = native(tenant)
    native(tenant, name="other")
    delete_key(SYSTEM, public_id)
    for name in ("n", public_id):
        answers = [alice.update(name), alice.rotate(name), alice.delete(name)]
        assert {code(answer) for answer in answers} == {(404, "not_found")}
    assert [key["name"] for key in done(alice.listed(include_revoked="true"))["results"]] == [
        "other"
    ]


def test_the_root_key_means_a_key_of_its_own_tenant_first(db: None, tenant: Tenant) -> None:
    secret = ensure_root_key()
    assert secret is not None
    root = Mixpeek(secret.reveal())
    own = root.made("n")
    foreign = native(tenant)
    done(root.delete("n"))
    assert ApiKey.objects.get(public_id=foreign).revoked_at is None
    assert done(root.update(own["key_id"], status="revoked"))["status"] == "revoked"
    done(root.delete(foreign))
    assert ApiKey.objects.get(public_id=foreign).revoked_at is not None


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST"])
def test_unknown_foreign_and_impossible_keys_are_answered_alike(
    alice: Mixpeek, charlie: Mixpeek, method: str
) -> None:
    made = alice.made("ci")
    charlie.made("mine")
    paths = [
        *(key_at(name) for name in ("ci", made["key_id"], "key_" + "0" * 32, "\x00", "x" * 5000)),
        key_at("ci", "nobody@example.com"),
        key_at("ci", "\x00"),
    ]
    tail = "/rotate" if method == "POST" else ""
    answers = [charlie.call(method, path + tail, x_request_id="same-for-all") for path in paths]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_unknown_and_foreign_users_are_answered_alike(alice: Mixpeek, charlie: Mixpeek) -> None:
    alice.made("ci")
    users = [EMAIL, "nobody@example.com", "\x00", "x" * 5000]
    answers = [charlie.call("GET", keys_of(user), x_request_id="same-for-all") for user in users]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    "path",
    [
        USERS,
        f"{USERS}/",
        f"{USERS}/a@b.co",
        f"{USERS}//api-keys",
        f"{USERS}/a@b.co/api-keys/",
        "/mixpeek/",
        "/mixpeek/v2",
    ],
)
def test_an_address_that_is_none_is_404_in_mixpeeks_words(alice: Mixpeek, path: str) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE"):
        assert code(alice.call(method, path)) == (404, "not_found")


@pytest.mark.django_db
def test_a_name_never_reaches_a_key_of_another_tenant_even_for_the_root_key() -> None:
    root = ensure_root_key()
    assert root is not None
    native(TenantFactory.create(), name="production")
    caller = Mixpeek(root.reveal())
    assert caller.rotate("production").status == 404
    assert caller.delete("production").status == 404


def test_no_key_is_renamed_to_the_name_that_protects_it(alice: Mixpeek) -> None:
    alice.made("leaky")
    assert alice.update("leaky", name="admin-key").status == 403
    done(alice.delete("leaky"))
