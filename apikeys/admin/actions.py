"""What staff can do to keys: one at a time or many at once, always confirmed, always audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apikeys.admin.forms import ReasonForm, RotationForm
from apikeys.admin.staff import actor_of, allows, staff_id
from apikeys.models import ApiKey
from apikeys.operations import delete_key, disable_key, enable_key, restore_key, revoke_key
from apikeys.operations.reveal import rotate_for_page

Values = dict[str, Any]
Ticket = str | None


@dataclass(frozen=True, slots=True)
class KeyAction:
    """One action. `offered` says for which keys; `run` calls the verb and gives a ticket if any.

    `run` takes the request, the key, what the form says, and the version the person saw.
    """

    name: str
    permission: str
    title: Any
    done: Any
    consequence: Any
    offered: Callable[[ApiKey], bool]
    run: Callable[[HttpRequest, ApiKey, Values, int | None], Ticket]
    form: type[ReasonForm] = ReasonForm
    is_grave: bool = False

    def is_allowed(self, request: HttpRequest) -> bool:
        return allows(request, self.permission)


def _rotate(request: HttpRequest, key: ApiKey, values: Values, version: int | None) -> Ticket:
    # The version keeps a double click from rotating twice, which would lose the first secret.
    return rotate_for_page(
        actor_of(request), staff_id(request), key.public_id, expected_version=version, **values
    ).ticket


def _with(verb: Callable[..., Any]) -> Callable[[HttpRequest, ApiKey, Values, int | None], Ticket]:
    def run(request: HttpRequest, key: ApiKey, values: Values, version: int | None) -> Ticket:
        verb(actor_of(request), key.public_id, **values)
        return None

    return run


def _stands(key: ApiKey) -> bool:
    return key.deleted_at is None and key.revoked_at is None


ACTIONS = (
    KeyAction(
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
    ),
    KeyAction(
        name="disable",
        permission="revoke_apikey",
        title=_("Disable"),
        done=_("Disabled"),
        consequence=_(
            "Every call with the key is refused from now on, until somebody enables it. This "
            "replaces whatever hold there is."
        ),
        offered=lambda key: _stands(key) and key.hold != "disabled",
        run=_with(disable_key),
    ),
    KeyAction(
        name="enable",
        permission="revoke_apikey",
        title=_("Enable"),
        done=_("Enabled"),
        consequence=_("Calls with the key are accepted again, as far as its rules allow."),
        offered=lambda key: _stands(key) and key.hold == "disabled",
        run=_with(enable_key),
    ),
    KeyAction(
        name="revoke",
        permission="revoke_apikey",
        title=_("Revoke"),
        done=_("Revoked"),
        consequence=_("Every call with the key is refused from now on. This is final."),
        offered=_stands,
        run=_with(revoke_key),
        is_grave=True,
    ),
    KeyAction(
        name="delete",
        permission="delete_apikey",
        title=_("Delete"),
        done=_("Deleted"),
        consequence=_(
            "The key stops working and leaves the lists. It can be restored for a while, then it "
            "is removed for good. Its audit trail stays."
        ),
        offered=lambda key: key.deleted_at is None,
        run=_with(delete_key),
        is_grave=True,
    ),
    KeyAction(
        name="restore",
        permission="delete_apikey",
        title=_("Restore"),
        done=_("Restored"),
        consequence=_("The key comes back as it was when it was deleted."),
        offered=lambda key: key.deleted_at is not None,
        run=_with(restore_key),
    ),
)
