"""Lists: pages by number, filters, and that no key of another is in them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apikeys.models import Tenant
from apikeys.operations import Actor, delete_key, revise_key, revoke_key, rotate_secret
from apikeys.operations.reaching import utc_now
from tests.apikeys.dialects.playbook.speaking import KEYS, TENANT_KEYS, Speaker, violations
from tests.calling import Answer
from tests.factories import KeyFactory, TenantFactory

SYSTEM = Actor.system("tests")
BOTH = pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.content
    assert answer.body.keys() == {"apiKeys", "nextPageNumber", "totalCount"}
    return [key["name"] for key in answer.body["apiKeys"]]


def numbered(tenant: Tenant, count: int) -> None:
    for number in range(count):
        KeyFactory.create(tenant=tenant.public_id, name=f"n{number}")


@BOTH
def test_pages_by_number(alice: Speaker, alices_tenant: Tenant, at: str) -> None:
    numbered(alices_tenant, 4)  # and Alice's own
    first = alice.get(f"{at}/list", pageSize=2)
    assert names(first) == ["n3", "n2"]
    assert (first.body["nextPageNumber"], first.body["totalCount"]) == (2, 5)
    for number in (0, 1):
        assert alice.get(f"{at}/list", pageSize=2, pageNumber=number).body == first.body
    second = alice.get(f"{at}/list", page_size=2, page_number=2)
    assert (names(second), second.body["nextPageNumber"]) == (["n1", "n0"], 3)
    third = alice.get(f"{at}/list", pageSize=2, pageNumber=3)
    assert (len(names(third)), third.body["nextPageNumber"]) == (1, 0)
    beyond = alice.get(f"{at}/list", pageSize=2, pageNumber=2**31 - 1)
    assert (names(beyond), beyond.body["nextPageNumber"], beyond.body["totalCount"]) == ([], 0, 5)


def test_a_full_last_page_has_no_next(alice: Speaker, alices_tenant: Tenant) -> None:
    numbered(alices_tenant, 3)
    assert alice.get(f"{KEYS}/list", pageSize=2, pageNumber=2).body["nextPageNumber"] == 0


def test_twenty_are_a_page(alice: Speaker, alices_tenant: Tenant) -> None:
    numbered(alices_tenant, 21)
    answer = alice.get(f"{KEYS}/list")
    assert (len(names(answer)), answer.body["nextPageNumber"]) == (20, 2)


@BOTH
@pytest.mark.parametrize("size", ["0", "101", "-1", "x", "1.0", "99999999999999999999"])
def test_a_page_has_one_to_a_hundred(alice: Speaker, at: str, size: str) -> None:
    answer = alice.get(f"{at}/list", pageSize=size)
    assert (answer.status, answer.body["code"]) == (400, "PAGE_SIZE_INVALID")
    assert violations(answer) == {("pageSize", "page_size")}


@pytest.mark.parametrize("number", ["-1", "x", str(2**31), "1.0"])
def test_a_page_number_is_a_number(alice: Speaker, number: str) -> None:
    answer = alice.get(f"{KEYS}/list", pageNumber=number)
    assert violations(answer) == {("pageNumber", "out_of_range")}


@BOTH
def test_by_status(alice: Speaker, alices_tenant: Tenant, at: str) -> None:
    for hold in ("disabled", "suspended", "deprecated", "pending_review"):
        KeyFactory.create(tenant=alices_tenant.public_id, name=hold, hold=hold)
    ends = {}
    for name in ("revoked", "expired", "rotating", "rotating deprecated", "deleted"):
        held = {"hold": "deprecated"} if name.endswith("deprecated") else {}
        key = KeyFactory.create(tenant=alices_tenant.public_id, name=name, **held)
        ends[name] = key.public_id
    revoke_key(SYSTEM, ends["revoked"])
    revise_key(SYSTEM, ends["expired"], expires_at=utc_now() - timedelta(seconds=1))
    rotate_secret(SYSTEM, ends["rotating"], grace_seconds=60)
    rotate_secret(SYSTEM, ends["rotating deprecated"], grace_seconds=60)
    delete_key(SYSTEM, ends["deleted"])
    found = {
        word: {
            key["name"]: key["status"]
            for key in alice.get(f"{at}/list", status=f"STATUS_{word}").body["apiKeys"]
        }
        for word in ("SUSPENDED", "DEPRECATED", "PENDING_REVIEW", "REVOKED", "EXPIRED")
    }
    assert {word: set(keys) for word, keys in found.items()} == {
        "SUSPENDED": {"disabled", "suspended"},
        "DEPRECATED": {"deprecated", "rotating deprecated"},
        "PENDING_REVIEW": {"pending_review"},
        "REVOKED": {"revoked"},
        "EXPIRED": {"expired"},
    }
    assert all(set(keys.values()) == {f"STATUS_{word}"} for word, keys in found.items())
    active = alice.get(f"{at}/list", status="STATUS_ACTIVE", pageSize=1)
    assert (names(active), active.body["totalCount"]) == (["rotating"], 2)
    assert names(alice.get(f"{at}/list", status="STATUS_RATE_LIMITED")) == []
    unspecified = alice.get(f"{at}/list", status="STATUS_UNSPECIFIED")
    assert names(unspecified) == names(alice.get(f"{at}/list"))
    assert "deleted" not in names(unspecified)


@pytest.mark.parametrize("word", ["ACTIVE", "status_active", "STATUS_DELETED", "1"])
def test_an_unknown_status_is_refused(alice: Speaker, word: str) -> None:
    assert violations(alice.get(f"{KEYS}/list", status=word)) == {("status", "unknown_choice")}


def test_search(alice: Speaker, alices_tenant: Tenant) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id, name="Überwachung")
    prefix = key.current_secret.prefix
    for text in ("überwach", prefix, key.public_id):
        assert names(alice.get(f"{KEYS}/list", search=text)) == ["Überwachung"]
    assert names(alice.get(f"{KEYS}/list", search="nothing like it")) == []
    refused = alice.get(f"{TENANT_KEYS}/list", search="x")
    assert violations(refused) == {("search", "unknown_parameter")}


def test_by_workspace_and_account(alice: Speaker) -> None:
    alice.made(name="w", workspaceId="3", accountId="4")
    alice.made(name="a", accountId="4")
    assert names(alice.get(f"{KEYS}/list", workspaceId="3", accountId="4")) == ["w"]
    assert names(alice.get(f"{KEYS}/list", account_id="4")) == ["a"]
    assert names(alice.get(f"{KEYS}/list", workspaceId="5")) == []


def test_a_tenants_caller_sees_its_own_whatever_it_names(
    alice: Speaker, charlie: Speaker, alices_tenant: Tenant
) -> None:
    alice.made(name="hers")
    listed = charlie.get(f"{KEYS}/list", tenantId=alices_tenant.number, organizationId="1")
    assert listed.body["totalCount"] == 1
    assert "hers" not in names(listed)


def test_root_chooses_a_tenant_by_its_number(root: Speaker, alices_tenant: Tenant) -> None:
    KeyFactory.create(tenant=alices_tenant.public_id, name="hers")
    number = alices_tenant.number
    for query in ({"tenantId": number}, {"organizationId": number}):
        assert names(root.get(f"{KEYS}/list", **query)) == ["hers"]
    both = root.get(f"{KEYS}/list", tenantId=number, organizationId=number)
    assert names(both) == ["hers"]
    other = TenantFactory.create().number
    for strange in ({"tenantId": 1}, {"tenantId": number, "organizationId": other}):
        assert root.get(f"{KEYS}/list", **strange).status == 404
    assert root.get(f"{KEYS}/list").body["totalCount"] >= 2


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ({"workspaceId": "0"}, "workspaceId", "out_of_range"),
        ({"tenantId": "x"}, "tenantId", "not_integer"),
        ({"limit": "1"}, "limit", "unknown_parameter"),
        ({"search": ""}, "search", "empty_parameter"),
        ({"tenantId": "1", "tenant_id": "2"}, "tenantId", "conflict"),
    ],
)
def test_a_bad_parameter_is_told_by_its_name(
    alice: Speaker, query: dict[str, object], field: str, rule: str
) -> None:
    answer = alice.get(f"{KEYS}/list", **query)
    assert (answer.status, violations(answer)) == (400, {(field, rule)})
