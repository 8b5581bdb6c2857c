"""The permissions about clients, and what they make a staff member hold as an actor.

See `apikeys.admin.staff`.
"""

from __future__ import annotations

from apikeys.admin.staff import JOINT_SCOPES, SCOPES

VIEW = "service_clients.view_serviceclient"
EDIT = "service_clients.edit_serviceclient"
DELETE = "service_clients.delete_serviceclient"
REQUEST = "service_clients.request_accesskey"
VIEW_KEYS = "service_clients.view_accesskey"
VIEW_SIGNING = "service_clients.view_signingkey"
ROTATE = "service_clients.rotate_signingkey"

SCOPES[VIEW] = "clients:read"
# A management key with this scope can do all that these let a person do.
JOINT_SCOPES["clients:write"] = (EDIT, DELETE, REQUEST)
