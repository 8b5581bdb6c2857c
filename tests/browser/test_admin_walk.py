"""What staff do in the admin, in a real browser against the real service."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import KEYS
from tests.service import Service

Made = Callable[..., dict[str, Any]]
Open = Callable[[str], None]
SECRET = re.compile(r"ks_live_[0-9A-Za-z]{49}")


def issue(admin: Page, name: str) -> None:
    """Fill in the issue form, up to the page before the secret."""
    admin.get_by_role("link", name="Issue API key").click()
    admin.get_by_label("Name:").fill(name)
    admin.get_by_role("button", name="Issue key").click()
    admin.get_by_role("heading", name="Show the secret once").wait_for()


def verdict(service: Service, secret: str) -> str:
    answer = service.call("POST", "/api/v1/api_keys/verify", json={"secret": secret})
    return str(answer.json()["code"])


def test_a_key_is_issued_shown_once_copied_and_gone_on_back(admin: Page, service: Service) -> None:
    issue(admin, "Walked")
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service.url)
    admin.get_by_role("button", name="Show the secret now").click()
    secret = admin.locator("[data-variable=API_KEY]").inner_text()
    assert SECRET.fullmatch(secret)
    assert verdict(service, secret) == "valid"

    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("status")).to_have_text("Copied.")
    assert admin.evaluate("navigator.clipboard.readText()") == secret

    admin.get_by_role("link", name="To the key").click()
    admin.get_by_role("heading", name="Walked").wait_for()
    assert secret not in admin.content()
    with contextlib.suppress(Error):  # Chromium says ERR_CACHE_MISS instead of asking again
        admin.go_back()
    admin.wait_for_url(re.compile("chrome-error:|/reveal/"))
    admin.wait_for_load_state()
    assert secret not in admin.content()


def test_reloading_the_shown_secret_shows_nothing(admin: Page) -> None:
    issue(admin, "Reloaded")
    admin.reload()
    admin.get_by_role("button", name="Show the secret now").click()
    secret = admin.locator("[data-variable=API_KEY]").inner_text()
    answer = admin.reload()
    assert answer is not None
    assert answer.status == 410
    assert secret not in admin.content()


def test_the_secret_is_downloaded_from_the_page_itself(admin: Page) -> None:
    issue(admin, "Downloaded")
    admin.get_by_role("button", name="Show the secret now").click()
    secret = admin.locator("[data-variable=API_KEY]").inner_text()
    with admin.expect_download() as download:
        admin.get_by_role("button", name="Download as .env").click()
    assert download.value.path().read_text() == f"API_KEY={secret}\n"
    assert download.value.suggested_filename.endswith(".env")


def test_the_secret_is_selected_where_there_is_no_clipboard(admin: Page) -> None:
    admin.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    issue(admin, "Selected")
    admin.get_by_role("button", name="Show the secret now").click()
    secret = admin.locator("[data-variable=API_KEY]").inner_text()
    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("status")).to_contain_text("press Ctrl+C")
    assert admin.evaluate("getSelection().toString()").strip() == secret


def test_the_page_forgets_the_secret_after_minutes_and_when_left(admin: Page) -> None:
    admin.clock.install()
    issue(admin, "Forgotten")
    admin.get_by_role("button", name="Show the secret now").click()
    value = admin.locator("[data-variable=API_KEY]")
    expect(value).to_have_text(SECRET)
    admin.wait_for_load_state()  # by then its script counts the minutes
    admin.clock.fast_forward("05:01")
    expect(value).to_be_empty()
    expect(admin.get_by_role("status")).to_have_text("The secret was removed from this page.")
    expect(admin.get_by_role("button", name="Copy")).to_have_count(0)


def test_a_key_is_revoked_after_a_confirmation(
    admin: Page, service: Service, made: Made, open_key: Open
) -> None:
    key = made()
    open_key(key["id"])
    admin.get_by_role("link", name="Revoke").click()
    assert verdict(service, key["secret"]) == "valid"
    admin.get_by_label("Reason").fill("left the company")
    admin.get_by_role("button", name="Revoke").click()
    expect(admin.locator(".messagelist")).to_contain_text("Revoked")
    expect(admin.locator(".apikeys-head .apikeys-status")).to_have_text("revoked")
    assert verdict(service, key["secret"]) == "revoked"


def test_many_keys_are_rotated_and_each_secret_can_be_seen(
    admin: Page, service: Service, made: Made
) -> None:
    keys = [made(name=f"Fleet {number} of many") for number in range(2)]
    admin.goto(f"{KEYS}?q=of many")
    admin.get_by_role("checkbox", name="Select all").check()
    admin.locator("select[name=action]").select_option("rotate")
    admin.get_by_role("button", name="Run").or_(admin.get_by_role("button", name="Go")).click()
    admin.get_by_label("Grace in seconds").fill("60")
    admin.get_by_role("button", name="Rotate").click()
    admin.get_by_role("heading", name="Secrets that wait for you").wait_for()
    for key in keys:
        admin.goto(f"{KEYS}waiting/")
        admin.get_by_role("link", name=f"Show the secret of {key['name']}").click()
        admin.get_by_role("button", name="Show the secret now").click()
        fresh = admin.locator("[data-variable=API_KEY]").inner_text()
        assert fresh != key["secret"]
        assert verdict(service, fresh) == "valid"


def test_a_leaked_secret_is_found_without_being_in_an_address(
    admin: Page, service: Service, made: Made
) -> None:
    key = made()
    addresses: list[str] = []
    admin.on("request", lambda request: addresses.append(request.url))
    admin.get_by_role("link", name="Find by secret").click()
    admin.get_by_label("Secret").fill(f"  {key['secret']}\t")
    admin.get_by_role("button", name="Find").click()
    admin.get_by_role("heading", name=key["name"]).wait_for()
    assert not [address for address in addresses if key["secret"] in address]
    assert key["secret"] not in service.log_text()


def test_the_forms_work_by_keyboard_alone(admin: Page, made: Made, open_key: Open) -> None:
    open_key(made()["id"])
    admin.get_by_role("link", name="Disable").focus()
    admin.keyboard.press("Enter")
    admin.get_by_label("Reason").focus()
    admin.keyboard.type("by keyboard")
    admin.keyboard.press("Enter")
    expect(admin.locator(".apikeys-head .apikeys-status")).to_have_text("disabled")
