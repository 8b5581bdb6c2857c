"""`ETag` and `If-Match` on single objects: no change on top of what was not read."""

from __future__ import annotations

import pytest

from apikeys.models import AuditEvent
from tests.calling import Caller

VERBS = ("revoke", "disable", "enable", "rotate")


@pytest.fixture
def path(alice: Caller) -> str:
    return f"/api_keys/{alice.issue()['id']}"


def test_every_change_makes_a_new_tag(alice: Caller, path: str) -> None:
    read = alice.get(path)
    assert read.headers["ETag"] == '"v1"'
    changed = alice.patch(path, {"tags": ["a"]})
    assert changed.headers["ETag"] == '"v2"'
    assert alice.get(path).headers["ETag"] == '"v2"'


def test_a_change_on_top_of_the_tag_that_was_read_goes_through(alice: Caller, path: str) -> None:
    tag = alice.get(path).headers["ETag"]
    assert alice.patch(path, {"tags": ["a"]}, if_match=tag).status == 200


def test_a_change_on_top_of_an_older_tag_changes_nothing(alice: Caller, path: str) -> None:
    alice.patch(path, {"tags": ["a"]})
    for answer in (
        alice.patch(path, {"tags": ["b"]}, if_match='"v1"'),
        alice.delete(path, if_match='"v1"'),
        *(alice.post(f"{path}/{verb}", if_match='"v1"') for verb in VERBS),
    ):
        assert (answer.status, answer.code) == (412, "version_mismatch")
    read = alice.get(path).body
    assert (read["tags"], read["status"], read["last_rotated_at"]) == (["a"], "active", None)


@pytest.mark.parametrize("field", ["*", '"v1"', '"v0", "v1"', ' "v1" '])
def test_a_field_that_names_the_current_tag_fits(alice: Caller, path: str, field: str) -> None:
    assert alice.patch(path, {"tags": ["a"]}, if_match=field).status == 200


@pytest.mark.parametrize("field", ['W/"v1"', '"v2"', '"abc"', '""'])
def test_a_weak_or_foreign_tag_fits_nothing(alice: Caller, path: str, field: str) -> None:
    assert alice.patch(path, {"tags": ["a"]}, if_match=field).status == 412


@pytest.mark.parametrize("field", ["v1", "1", '"v1', "", "null"])
def test_what_is_no_tag_is_an_error(alice: Caller, path: str, field: str) -> None:
    answer = alice.patch(path, {"tags": ["a"]}, if_match=field)
    assert (answer.status, answer.errors) == (400, {("/If-Match", "invalid_if_match")})


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_takes_the_current_tag(alice: Caller, path: str, verb: str) -> None:
    assert alice.post(f"{path}/{verb}", if_match='"v1"').status == 200


def test_a_deleted_key_is_restored_on_top_of_its_tag(alice: Caller, path: str) -> None:
    alice.delete(path, if_match='"v1"')
    assert alice.post(f"{path}/restore", if_match='"v1"').status == 412
    assert alice.post(f"{path}/restore", if_match='"v2"').status == 200


def test_a_tenant_has_a_tag_too(alice: Caller) -> None:
    path = f"/tenants/{alice.tenant_id}"
    tag = alice.get(path).headers["ETag"]
    changed = alice.patch(path, {"name": "Alice & Co"}, if_match=tag)
    assert changed.headers["ETag"] != tag
    answer = alice.patch(path, {"name": "again"}, if_match=tag)
    assert (answer.status, answer.code) == (412, "version_mismatch")
    assert alice.get(path).body["name"] == "Alice & Co"


def test_a_mismatch_is_no_event(alice: Caller, path: str) -> None:
    events = AuditEvent.objects.count()
    alice.patch(path, {"tags": ["a"]}, if_match='"v9"')
    assert AuditEvent.objects.count() == events


def test_a_tag_tells_nothing_of_another_tenants_key(charlie: Caller, path: str) -> None:
    answers = [
        charlie.patch(path, {"tags": []}, if_match=tag, x_request_id="same-for-all")
        for tag in ('"v1"', '"v9"', "*")
    ]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0].status == 404
