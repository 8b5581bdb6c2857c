"""No request leaves its caller with a management scope that the caller lacks.

Any caller, with any scopes, in its own tenant or the default one, makes any request on any key
of which it may have kept an old secret. What it can do afterwards, with every secret that it
ever saw, is within what it could do before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apikeys.admin.staff import SCOPES as OF_PERMISSIONS
from apikeys.domain.errors import KeyServiceError
from apikeys.domain.scopes import EVERYTHING, MANAGEMENT_SCOPES, missing_scopes
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, Tenant
from apikeys.operations import (
    Actor,
    Presentation,
    create_tenant,
    delete_key,
    enable_key,
    issue_key,
    read_secret,
    restore_key,
    revise_key,
    rotate_secret,
    verify,
)
from apikeys.operations.reaching import utc_now
from apikeys.operations.root import ensure_root_key
from tests.calling import Caller

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()
_numbers = count()

grants = st.lists(st.sampled_from(MANAGEMENT_SCOPES), unique=True, max_size=5)
key_types = st.sampled_from(["management", "standard"])

# How a key came to be of no use to whoever still has its secret.
STOPS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a hold": {"hold": "suspended"},
    "disabled": {"hold": "disabled"},
    "networks": {"allowed_ips": []},
    "https": {"enforce_https": True},
    "resources": {"resource_scopes": []},
    "client secret": {"requires_client_secret": True},
    "signatures": {"enforce_signing": True},
    "environments": {"allowed_environments": []},
    "expiry": {},
    "deleted": {},
}
UNTYING: dict[str, Any] = {
    "hold": None,
    "expires_at": None,
    "allowed_ips": None,
    "resource_scopes": None,
    "allowed_environments": None,
    "enforce_https": False,
    "requires_client_secret": False,
    "enforce_signing": False,
}


@dataclass(frozen=True)
class Asked:
    """One request: what is done, and with which grants."""

    verb: str
    key_type: str = "management"
    scopes: list[str] = field(default_factory=list)
    untied: list[str] = field(default_factory=list)
    elsewhere: bool = False


requests = st.builds(
    Asked,
    verb=st.sampled_from(
        ["create", "import", "patch", "untie", "rotate", "restore", "enable", "secret"]
    ),
    key_type=key_types,
    scopes=grants,
    untied=st.lists(st.sampled_from(sorted(UNTYING)), unique=True, min_size=1),
    elsewhere=st.booleans(),
)


@dataclass
class Target:
    """The key that is aimed at, and the secret that the caller kept of it."""

    key: ApiKey
    secret: Secret


def target_with(tenant: Tenant, scopes: list[str], key_type: str, stop: str) -> Target:
    then = utc_now() - timedelta(days=2)
    issued = issue_key(
        SYSTEM,
        {
            "name": "target",
            "tenant": tenant.public_id,
            "key_type": key_type,
            "scopes": scopes,
            "recoverable": True,
            **STOPS[stop],
            **({"expires_at": then + timedelta(days=1)} if stop == "expiry" else {}),
        },
        now=then,
    )
    if stop == "deleted":
        delete_key(SYSTEM, issued.key.public_id)
    assert issued.secret is not None
    return Target(issued.key, issued.secret)


def power_of(secret: Secret) -> tuple[set[str], bool]:
    """The management scopes that a secret is good for now, and whether in every tenant."""
    found = verify(Presentation(secret, management=True, ip="192.0.2.1", scheme="http"))
    terms = found.terms
    if not found.valid or terms is None:
        return set(), False
    return set(terms.scopes), terms.is_root


def assert_within(secrets: list[Secret], held: set[str], before: set[str]) -> None:
    for secret in secrets:
        power, reaches_all = power_of(secret)
        assert not missing_scopes(held | before, power), (power, held, before)
        assert not reaches_all


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=grants,
    in_default=st.booleans(),
    scopes=grants,
    key_type=key_types,
    stop=st.sampled_from(sorted(STOPS)),
    asked=requests,
)
@example([EVERYTHING], True, [EVERYTHING], "management", "deleted", Asked("restore"))
@example(["api_keys:write"], True, ["*"], "management", "a hold", Asked("untie", untied=["hold"]))
def test_through_the_api(
    held: list[str],
    in_default: bool,
    scopes: list[str],
    key_type: str,
    stop: str,
    asked: Asked,
) -> None:
    ensure_root_key()
    tenant = _tenant(in_default=in_default)
    caller_key = issue_key(
        SYSTEM, name="c", tenant=tenant.public_id, key_type="management", scopes=held
    )
    assert caller_key.secret is not None
    caller = Caller(caller_key.secret.reveal())
    target = target_with(tenant, scopes, key_type, stop)
    before = power_of(target.secret)[0]
    seen = [target.secret, caller_key.secret, *_ask(caller, target.key.public_id, asked)]
    assert_within(seen, set(held), before)
    _assert_no_root_was_made()


def _ask(caller: Caller, key_id: str, asked: Asked) -> list[Secret]:
    """Make the request; the secrets in its answer, and that of an imported key."""
    path, new = f"/api_keys/{key_id}", {"name": "n", "key_type": asked.key_type}
    imported = f"imported-{next(_numbers)}-{'x' * 30}"
    digest = hashlib.sha256(imported.encode()).hexdigest()
    elsewhere = {"tenant": _tenant(in_default=False).public_id} if asked.elsewhere else {}
    calls: dict[str, tuple[str, str, dict[str, Any]]] = {
        "create": ("POST", "/api_keys", {**new, "scopes": asked.scopes, **elsewhere}),
        "import": ("POST", "/api_keys", {**new, "scopes": asked.scopes, "import_hash": digest}),
        "patch": ("PATCH", path, {"scopes": asked.scopes}),
        "untie": ("PATCH", path, {name: UNTYING[name] for name in asked.untied}),
        "rotate": ("POST", f"{path}/rotate", {}),
        "restore": ("POST", f"{path}/restore", {}),
        "enable": ("POST", f"{path}/enable", {}),
        "secret": ("POST", f"{path}/secret", {}),
    }
    answer = caller.call(*calls[asked.verb])
    assert answer.status < 500, answer.content
    shown = answer.body.get("secret")
    return [Secret(imported), *([Secret(shown)] if shown else [])]


def _do(staff: Actor, key_id: str, asked: Asked) -> Secret | None:
    """The same by the operations; the secret that this gave, if any."""
    match asked.verb:
        case "create" | "import":
            return issue_key(staff, name="n", key_type=asked.key_type, scopes=asked.scopes).secret
        case "patch":
            revise_key(staff, key_id, scopes=asked.scopes)
        case "untie":
            revise_key(staff, key_id, {name: UNTYING[name] for name in asked.untied})
        case "rotate":
            return rotate_secret(staff, key_id).secret
        case "restore":
            restore_key(staff, key_id)
        case "enable":
            enable_key(staff, key_id)
        case "secret":
            return read_secret(staff, key_id)
    return None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    permissions=st.lists(st.sampled_from(sorted(OF_PERMISSIONS)), unique=True),
    scopes=grants,
    key_type=key_types,
    stop=st.sampled_from(sorted(STOPS)),
    asked=requests,
)
def test_by_staff_whose_permissions_are_scopes(
    permissions: list[str], scopes: list[str], key_type: str, stop: str, asked: Asked
) -> None:
    """The admin looks at permissions too; here the operations alone have to hold."""
    ensure_root_key()
    held = tuple(OF_PERMISSIONS[name] for name in permissions)
    staff = Actor("staff", "sam", held)
    target = target_with(_tenant(in_default=True), scopes, key_type, stop)
    before = power_of(target.secret)[0]
    try:
        got = _do(staff, target.key.public_id, asked)
    except KeyServiceError:
        got = None
    assert_within([target.secret, *([got] if got else [])], set(held), before)
    _assert_no_root_was_made()


def test_the_measure_itself_sees_a_key_that_became_stronger() -> None:
    ensure_root_key()
    target = target_with(_tenant(in_default=True), [EVERYTHING], "management", "a hold")
    assert power_of(target.secret) == (set(), False)
    revise_key(SYSTEM, target.key.public_id, hold=None)
    with pytest.raises(AssertionError):
        assert_within([target.secret], {"api_keys:write"}, set())


def _tenant(*, in_default: bool) -> Tenant:
    if in_default:
        found: Tenant = Tenant.objects.default()
        return found
    return create_tenant(SYSTEM, name="Alice")


def _assert_no_root_was_made() -> None:
    assert ApiKey.objects.filter(is_root=True).count() == 1
