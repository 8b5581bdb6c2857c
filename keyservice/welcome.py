"""The first start: a default tenant, its root key and the first superuser, shown once."""

from __future__ import annotations

import secrets

from django.contrib.auth import get_user_model

from apikeys.domain.secret import Secret
from apikeys.operations.rings import RingMismatch, check_ring
from apikeys.operations.root import BadRootKey, RootKeyDiffers, ensure_root_key
from keyservice.environment import Environment
from keyservice.variables import BadSetting

ADMIN_NAME = "admin"
_PASSWORD_BYTES = 18


def welcome(environment: Environment) -> str:
    """Make what a new database lacks; gives the text to print, with the secrets just made.

    What the operator chose is not repeated: standard output often ends in a log.
    """
    try:
        check_ring()
    except RingMismatch as error:
        raise BadSetting("KEYSERVICE_KEYS", error.detail) from error
    try:
        root_key = ensure_root_key(environment.root_key)
    except (BadRootKey, RootKeyDiffers) as error:
        raise BadSetting("KEYSERVICE_ROOT_KEY", error.detail) from error
    password = ensure_admin(environment.admin_password)
    url = environment.public_urls[0]
    return f"keyservice serves {url}\n{_table(environment, root_key, password)}"


def ensure_admin(chosen: Secret | None) -> Secret | None:
    """Make the superuser `admin` while there is no user at all; gives the password it got."""
    users = get_user_model()._default_manager
    if users.exists():
        return None
    password = chosen or Secret(secrets.token_urlsafe(_PASSWORD_BYTES))
    users.create_superuser(ADMIN_NAME, password=password.reveal())
    return password


def _table(environment: Environment, root_key: Secret | None, password: Secret | None) -> str:
    rows = []
    if password:
        rows += [("admin user", ADMIN_NAME)]
        rows += [("admin password", _shown(password, environment.admin_password))]
    if root_key:
        rows += [("root key", _shown(root_key, environment.root_key))]
    note = "Store what is shown here now: it will not be shown again."
    return "".join(f"  {label:<16}{text}\n" for label, text in rows) + (f"{note}\n" if rows else "")


def _shown(made: Secret, chosen: Secret | None) -> str:
    return "as chosen in the environment" if chosen else made.reveal()
