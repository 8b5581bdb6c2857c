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
def admin(browser_page: Page, session_cookies: Any) -> Page:
    """The list of keys, signed in."""
    browser_page.context.add_cookies(session_cookies)
    browser_page.goto(KEYS)
    return browser_page


@pytest.fixture(params=["light, wide", "dark, narrow"])
def looked_at(request: pytest.FixtureRequest, admin: Page) -> Page:
    """The admin as two different people see it."""
    scheme, width = request.param.split(", ")
    admin.emulate_media(color_scheme=scheme)
    admin.set_viewport_size({"width": 360 if width == "narrow" else 1280, "height": 900})
    return admin


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
def open_key(admin: Page) -> Callable[[str], None]:
    """Go to the page of the key with this id."""

    def open_one(key_id: str) -> None:
        admin.goto(f"{KEYS}?q={key_id}")
        admin.locator("#result_list .field-identity a").click()
        admin.get_by_role("heading", name="Identity").wait_for()

    return open_one
