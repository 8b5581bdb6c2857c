"""Rows for tests, with only the relevant fields spelled out, made through the operations."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from factory.base import Factory
from factory.declarations import Sequence

from apikeys.models import ApiKey, Tenant
from apikeys.operations import Actor, Issued, create_tenant, issue_key

ISSUER = Actor.system("tests")


def _numbered(word: str) -> Any:
    return Sequence(lambda number: f"{word}{number}")  # type: ignore[no-untyped-call]  # theirs


class TenantFactory(Factory[Tenant]):
    """A tenant: `TenantFactory.create(name="Acme")`."""

    class Meta:
        model = Tenant

    name = _numbered("Tenant ")

    @classmethod
    def _create(cls, model_class: type[Tenant], *args: Any, **attributes: Any) -> Tenant:
        return create_tenant(ISSUER, attributes)


class IssuedFactory(Factory[Issued]):
    """A key with its secret in hand: `IssuedFactory.create(scopes=["a"]).secret`."""

    class Meta:
        model = Issued

    name = _numbered("Key ")

    @classmethod
    def _create(cls, model_class: type[Issued], *args: Any, **attributes: Any) -> Issued:
        return issue_key(ISSUER, attributes)


def minted(**attributes: Any) -> tuple[ApiKey, str]:
    """A key and its plaintext."""
    issued = IssuedFactory.create(**attributes)
    assert issued.secret is not None
    return issued.key, issued.secret.reveal()


class KeyFactory(Factory[ApiKey]):
    """A key alone: `KeyFactory.create(environment="test")`."""

    class Meta:
        model = ApiKey

    name = _numbered("Key ")

    @classmethod
    def _create(cls, model_class: type[ApiKey], *args: Any, **attributes: Any) -> ApiKey:
        return issue_key(ISSUER, attributes).key


class StaffFactory(Factory[User]):
    """A staff member with permissions of our apps: `StaffFactory.create(may=["view_apikey"])`."""

    class Meta:
        model = User

    username = _numbered("staff")
    is_staff = True
    may: tuple[str, ...] = ()

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **attributes: Any) -> User:
        codenames = attributes.pop("may")
        user: User = User.objects.create(**attributes)
        apps = ("apikeys", "service_clients")
        permissions = Permission.objects.filter(content_type__app_label__in=apps)
        found = permissions.filter(codename__in=codenames)
        assert found.count() == len(codenames), "a permission of that name does not exist"
        user.user_permissions.set(found)
        return user
