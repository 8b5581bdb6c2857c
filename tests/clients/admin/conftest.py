"""Who sits in front of the admin, and where its pages about clients are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.apikeys.admin.conftest import signed_in
from tests.factories import StaffFactory

Url = Callable[..., str]
Staff = Callable[..., Client]


@pytest.fixture
def boss(db: None) -> User:
    """A superuser."""
    return StaffFactory.create(username="boss", is_superuser=True)


@pytest.fixture
def client(boss: User) -> Client:
    """The superuser's browser."""
    return signed_in(boss)


@pytest.fixture
def staff(db: None) -> Staff:
    """The browser of a staff member with these permissions."""
    return lambda *may: signed_in(StaffFactory.create(may=may))


@pytest.fixture
def url() -> Url:
    """The address of a page about clients: `url("edit", client.pk)`."""
    return lambda name, *args: page("serviceclient", name, *args)


def page(model: str, name: str, *args: Any) -> str:
    """The address of a page about any of them: `page("accesskey", "delete", key.pk)`."""
    return reverse(f"admin:service_clients_{model}_{name}", args=args)
