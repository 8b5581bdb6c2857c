"""Who sits in front of the admin, and where its pages are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.factories import StaffFactory


@pytest.fixture
def boss(db: None) -> User:
    """A superuser."""
    return StaffFactory.create(username="boss", is_superuser=True)


@pytest.fixture
def client(boss: User) -> Client:
    """The superuser's browser."""
    return signed_in(boss)


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """The browser of a staff member with these permissions: `staff("view_apikey")`."""
    return lambda *may: signed_in(StaffFactory.create(may=may))


@pytest.fixture
def url() -> Callable[..., str]:
    """The address of a page about keys: `url("rotate", key.pk)`."""
    return page


def signed_in(user: User, **options: Any) -> Client:
    browser = Client(**options)
    browser.force_login(user)
    return browser


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:apikeys_apikey_{name}", args=args)
