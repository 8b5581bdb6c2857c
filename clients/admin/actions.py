"""What staff can do to clients and access keys: always confirmed, always audited."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apikeys.admin.action import StaffAction, Ticket, Values, calls
from apikeys.admin.staff import actor_of
from clients.admin.staff import DELETE, EDIT, REQUEST
from clients.models import AccessKey
from clients.operations import delete_access_key, delete_client, revise_client


def _delete_key(
    request: HttpRequest, key: AccessKey, values: Values, version: int | None
) -> Ticket:
    delete_access_key(actor_of(request), key.client.public_id, key.public_id, **values)
    return None


CLIENT_ACTIONS = (
    StaffAction(
        name="disable",
        permission=EDIT,
        title=_("Disable"),
        done=_("Disabled"),
        consequence=_(
            "Every token and secret of the client is refused from now on, until somebody enables "
            "it. Its access keys stay."
        ),
        offered=lambda client: client.enabled,
        run=calls(revise_client, enabled=False),
    ),
    StaffAction(
        name="enable",
        permission=EDIT,
        title=_("Enable"),
        done=_("Enabled"),
        consequence=_("Its access keys, and tokens that have not ended, are taken again."),
        offered=lambda client: not client.enabled,
        run=calls(revise_client, enabled=True),
    ),
    StaffAction(
        name="delete",
        permission=DELETE,
        title=_("Delete"),
        done=_("Deleted"),
        consequence=_(
            "The client and its access keys are removed for good, and none of its tokens is taken "
            "from now on. This cannot be undone; disable the client if you are not sure. Its "
            "audit trail stays."
        ),
        offered=lambda client: True,
        run=calls(delete_client),
        is_grave=True,
    ),
)
KEY_ACTIONS = (
    StaffAction(
        name="delete",
        permission=REQUEST,
        title=_("Delete"),
        done=_("Deleted"),
        consequence=_(
            "Tokens signed with the key, and the client secret that came with it, are refused from "
            "now on. This is final: make sure that the client has another key in use."
        ),
        offered=lambda key: key.revoked_at is None,
        run=_delete_key,
        is_grave=True,
    ),
)
