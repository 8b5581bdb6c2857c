"""What a search finds: exact names first, then a part of the name, alike on every database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.models import ApiKey, Tenant
from tests.factories import KeyFactory, TenantFactory, minted

pytestmark = pytest.mark.django_db


def found(text: str, keys: Any = None) -> set[str]:
    among: Any = keys or ApiKey.objects
    return {key.name for key in among.matching(text)}


def test_an_id_finds_its_key_alone() -> None:
    key = KeyFactory.create(name="wanted")
    KeyFactory.create(name=f"copy of {key.public_id}")
    assert found(key.public_id) == {"wanted"}


def test_a_subject_in_full_goes_before_names_that_contain_it() -> None:
    KeyFactory.create(name="theirs", subject="alice")
    KeyFactory.create(name="laptop of alice")
    assert found("alice") == {"theirs"}


def test_a_visible_prefix_finds_the_keys_that_have_it() -> None:
    _, plaintext = minted(name="wanted")
    KeyFactory.create(name="other", environment="test")
    assert "wanted" in found(plaintext[:10])
    assert "other" not in found(plaintext[:10])


def test_a_part_of_the_name_is_found_whatever_its_case() -> None:
    KeyFactory.create(name="Grüße AUS der Straße")
    KeyFactory.create(name="other")
    assert found("STRASSE") == found("aus der") == {"Grüße AUS der Straße"}


@pytest.mark.parametrize("text", ["bi", "B", "a-", "%", "_", "é-é"])
def test_fewer_than_three_letters_find_names_that_begin_so(text: str) -> None:
    KeyFactory.create(name=f"{text} first")
    KeyFactory.create(name=f"not {text}")
    assert found(text) == {f"{text} first"}


@pytest.mark.parametrize("text", ["%%%abc", "abc_", "a\\bc'd\"abc"])
def test_what_means_something_to_like_is_taken_as_it_is(text: str) -> None:
    KeyFactory.create(name=f"x {text} y")
    KeyFactory.create(name="x abcd y")
    assert found(text) == {f"x {text} y"}


def test_what_another_tenant_has_changes_nothing() -> None:
    ours, theirs = TenantFactory.create(), TenantFactory.create()
    KeyFactory.create(name="alice of ours", tenant=ours.public_id)
    KeyFactory.create(name="theirs", subject="alice", tenant=theirs.public_id)
    assert found("alice", ApiKey.objects.of_tenant(ours.public_id)) == {"alice of ours"}


def test_the_number_of_queries_does_not_grow_with_what_is_found() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(ApiKey.objects.whole().matching("service"))
        return len(queries)

    KeyFactory.create(name="service 1")
    few = cost()
    for number in range(5):
        KeyFactory.create(name=f"service {number}", max_uses=9, credits=5)
    assert cost() <= few + 1  # the ledger is read where there are credits


def test_a_tenant_is_found_by_its_id_or_a_part_of_its_name() -> None:
    tenant = TenantFactory.create(name="Acme Ltd")
    TenantFactory.create(name="Other")
    for text in (tenant.public_id, "ME LT", "ac"):
        assert list(Tenant.objects.matching(text)) == [tenant]
