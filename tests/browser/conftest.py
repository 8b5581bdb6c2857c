"""The admin of the running service, in a real browser, signed in as its superuser."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.service import Service

KEYS = "/admin/apikeys/apikey/"


def sign_in(page: Page, password: str) -> None:
    """Through the login page, as staff do, to the list of keys."""
    page.goto(f"/admin/login/?next={KEYS}")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{KEYS}")


@pytest.fixture(scope="session")
def session_cookies(browser: Browser, service: Service) -> Any:
    """What the browser of a signed-in superuser holds; signing in anew for each test is slow."""
    context = browser.new_context(base_url=service.url)
    sign_in(context.new_page(), service.admin_password)
    cookies = context.cookies()
    context.close()
    return cookies


@pytest.fixture
def signed_in(browser_page: Page, session_cookies: Any) -> Page:
    """A browser whose superuser is signed in, nowhere yet."""
    browser_page.context.add_cookies(session_cookies)
    return browser_page


@pytest.fixture
def admin(signed_in: Page) -> Page:
    """The list of keys."""
    signed_in.goto(KEYS)
    return signed_in


@pytest.fixture
def made(service: Service) -> Callable[..., dict[str, Any]]:
    """Make a key through the API; its answer."""

    def make(**attributes: Any) -> dict[str, Any]:
        body = {"name": f"Made {secrets.token_hex(4)}", **attributes}
        answer = service.call("POST", "/api/v1/api_keys", json=body)
        assert answer.status_code == 201
        found: dict[str, Any] = answer.json()
        return found

    return make


@pytest.fixture
def open_key(signed_in: Page) -> Callable[[str], None]:
    """Go to the page of the key with this id."""

    def open_one(key_id: str) -> None:
        signed_in.goto(f"{KEYS}?q={key_id}")
        signed_in.locator("#result_list .field-identity a").click()
        signed_in.get_by_role("heading", name="Identity").wait_for()

    return open_one
