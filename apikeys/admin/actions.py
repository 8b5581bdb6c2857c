"""What staff can do to keys: one at a time or many at once, always confirmed, always audited."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apikeys.admin.action import StaffAction, Ticket, Values, calls
from apikeys.admin.forms import RotationForm
from apikeys.admin.staff import actor_of, staff_id
from apikeys.models import ApiKey
from apikeys.operations import delete_key, disable_key, enable_key, restore_key, revoke_key
from apikeys.operations.reveal import rotate_for_page


def _rotate(request: HttpRequest, key: ApiKey, values: Values, version: int | None) -> Ticket:
    # The version keeps a double click from rotating twice, which would lose the first secret.
    return rotate_for_page(
        actor_of(request), staff_id(request), key.public_id, expected_version=version, **values
    ).ticket


def _stands(key: ApiKey) -> bool:
    return key.deleted_at is None and key.revoked_at is None


ACTIONS = (
    StaffAction(
        name="rotate",
        permission="rotate_apikey",
        title=_("Rotate"),
        done=_("Rotated"),
        consequence=_(
            "A new secret is made under the same key id. The old one goes on working during the "
            "grace, then stops. The new secret is shown once, to you."
        ),
        offered=_stands,
        run=_rotate,
        form=RotationForm,
        makes_secret=True,
    ),
    StaffAction(
        name="disable",
        permission="revoke_apikey",
        title=_("Disable"),
        done=_("Disabled"),
        consequence=_(
            "Every call with the key is refused from now on, until somebody enables it. This "
            "replaces whatever hold there is."
        ),
        offered=lambda key: _stands(key) and key.hold != "disabled",
        run=calls(disable_key),
    ),
    StaffAction(
        name="enable",
        permission="revoke_apikey",
        title=_("Enable"),
        done=_("Enabled"),
        consequence=_("Calls with the key are accepted again, as far as its rules allow."),
        offered=lambda key: _stands(key) and key.hold == "disabled",
        run=calls(enable_key),
    ),
    StaffAction(
        name="revoke",
        permission="revoke_apikey",
        title=_("Revoke"),
        done=_("Revoked"),
        consequence=_("Every call with the key is refused from now on. This is final."),
        offered=_stands,
        run=calls(revoke_key),
        is_grave=True,
    ),
    StaffAction(
        name="delete",
        permission="delete_apikey",
        title=_("Delete"),
        done=_("Deleted"),
        consequence=_(
            "The key stops working and leaves the lists. It can be restored for a while, then it "
            "is removed for good. Its audit trail stays."
        ),
        offered=lambda key: key.deleted_at is None,
        run=calls(delete_key),
        is_grave=True,
    ),
    StaffAction(
        name="restore",
        permission="delete_apikey",
        title=_("Restore"),
        done=_("Restored"),
        consequence=_("The key comes back as it was when it was deleted."),
        offered=lambda key: key.deleted_at is not None,
        run=calls(restore_key),
    ),
)
