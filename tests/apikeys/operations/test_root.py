"""The root key: made once, known again, replaced by whoever runs the service."""

from __future__ import annotations

import pytest

from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, AuditEvent
from apikeys.operations import Presentation, delete_key, issue_key, rotate_secret, verify
from apikeys.operations.root import BadRootKey, RootKeyDiffers, ensure_root_key, renew_root_key
from tests.apikeys.personas import ROOT
from tests.apikeys.trail import no_event

pytestmark = pytest.mark.django_db

GIVEN = Secret("a root key that somebody chose: 40 characters or more")


def test_the_first_start_makes_a_root_key_that_reaches_everything() -> None:
    secret = ensure_root_key()
    assert secret is not None
    terms = verify(Presentation(secret, scopes=("tenants:write",), management=True)).terms
    assert terms is not None
    assert terms.is_root
    assert terms.scopes == ("*",)
    assert list(AuditEvent.objects.values_list("action", flat=True).order_by("sequence")) == [
        "tenant.created",
        "key.issued",
    ]


def test_later_starts_make_none() -> None:
    ensure_root_key()
    with no_event():
        assert ensure_root_key() is None


def test_a_given_root_key_is_used_and_known_again() -> None:
    assert ensure_root_key(GIVEN) == GIVEN
    assert verify(Presentation(GIVEN)).valid
    assert ensure_root_key(GIVEN) is None


def test_another_one_on_a_later_start_is_refused() -> None:
    ensure_root_key(GIVEN)
    with no_event(), pytest.raises(RootKeyDiffers, match="apikeys_root --new"):
        ensure_root_key(Secret("x" * 40))


def test_no_other_key_passes_for_the_root_key() -> None:
    ensure_root_key()
    other = issue_key(ROOT, name="x", key_type="management", scopes=["*"]).secret
    with pytest.raises(RootKeyDiffers):
        ensure_root_key(other)


@pytest.mark.parametrize(
    "text",
    ["", "x" * 39, "x" * 513, "x" * 40 + "\n", " " + "x" * 40, f"ks_live_{'x' * 43}000000"],
)
def test_what_cannot_be_a_root_key_is_refused(text: str) -> None:
    with pytest.raises(BadRootKey):
        ensure_root_key(Secret(text))
    assert not ApiKey.objects.exists()


def test_a_new_root_key_revokes_the_old_one() -> None:
    old = ensure_root_key()
    assert old is not None
    new = renew_root_key()
    assert verify(Presentation(new)).valid
    assert verify(Presentation(old)).outcome == "revoked"
    assert ApiKey.objects.filter(is_root=True, revoked_at=None).count() == 1
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert actions[2:] == ["key.revoked", "key.issued"]


def test_a_new_root_key_can_be_made_where_there_is_none() -> None:
    assert verify(Presentation(renew_root_key())).valid


def test_a_start_after_a_renewal_makes_no_further_one() -> None:
    ensure_root_key()
    renew_root_key()
    assert ensure_root_key() is None


def test_a_deleted_root_key_is_not_made_again_by_a_start() -> None:
    ensure_root_key()
    issue_key(ROOT, name="x", key_type="management", scopes=["*"])
    delete_key(ROOT, ApiKey.objects.get(is_root=True).public_id)
    assert ensure_root_key() is None


def test_a_rotated_root_key_is_still_the_root_key() -> None:
    ensure_root_key(GIVEN)
    rotated = rotate_secret(ROOT, ApiKey.objects.get(is_root=True).public_id)
    assert rotated.key.is_root
    assert ensure_root_key(rotated.secret) is None
