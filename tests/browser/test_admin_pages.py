"""Every page of the admin: accessible, within the policy, readable in the dark and on a phone.

That no page breaks the Content-Security-Policy or asks another host is checked by `browser_page`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import KEYS, sign_in
from tests.browser.looking import faults
from tests.service import Service

Made = Callable[..., dict[str, Any]]
Open = Callable[[str], None]

FIXED = {
    "index": "/admin/",
    "keys": KEYS,
    "keys found": f"{KEYS}?q=made&status=active&tenant=org_x",
    "issue": f"{KEYS}add/",
    "find": f"{KEYS}find/",
    "waiting": f"{KEYS}waiting/",
    "tenants": "/admin/apikeys/tenant/",
    "tenant to add": "/admin/apikeys/tenant/add/",
    "audit trail": "/admin/apikeys/auditevent/",
    "refused attempts": "/admin/apikeys/refusedattempt/",
}
OF_A_KEY = ["Edit", "Rotate", "Disable", "Revoke", "Delete", "Show secret", "Usage"]


@pytest.mark.parametrize("address", FIXED.values(), ids=FIXED.keys())
def test_a_page_has_no_faults(address: str, signed_in: Page, made: Made) -> None:
    made()
    signed_in.goto(address)
    assert faults(signed_in) == []


def test_the_pages_of_a_key_have_no_faults(signed_in: Page, made: Made, open_key: Open) -> None:
    key = made(recoverable=True, scopes=["a:b"], claims={"a": 1}, allowed_ips=[])
    open_key(key["id"])
    signed_in.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    assert faults(signed_in) == []
    here = signed_in.url
    for name in OF_A_KEY:
        signed_in.goto(here)
        signed_in.get_by_role("link", name=name, exact=True).click()
        signed_in.wait_for_load_state()
        signed_in.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        assert (name, faults(signed_in)) == (name, [])


def test_the_pictures_of_usage_have_no_faults(
    signed_in: Page, made: Made, open_key: Open, service: Service
) -> None:
    key_id = made()["id"]
    events = [
        {
            "event_id": f"{key_id}{number}",
            "key_id": key_id,
            "endpoint": f"/{'long' * 10}/{number % 3}",
            "status": 200 + number * 30,
            "latency_ms": number,
        }
        for number in range(12)
    ]
    answer = service.call("POST", "/api/v1/usage", json={"events": events})
    assert answer.json()["accepted"] == 12
    open_key(key_id)
    signed_in.get_by_role("link", name="Usage", exact=True).click()
    signed_in.get_by_role("img", name="Average latency by day").wait_for()
    signed_in.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    assert faults(signed_in) == []


def test_the_way_to_a_secret_has_no_faults(signed_in: Page) -> None:
    signed_in.goto(f"{KEYS}add/")
    signed_in.get_by_role("button", name="Issue key").click()
    signed_in.get_by_role("alert").wait_for()
    assert faults(signed_in) == []
    signed_in.get_by_label("Name:").fill("Looked at")
    signed_in.get_by_role("button", name="Issue key").click()
    for heading in ("Show the secret once", "The secret of Looked at"):
        signed_in.get_by_role("heading", name=heading).wait_for()
        assert faults(signed_in) == []
        if heading == "Show the secret once":
            signed_in.get_by_role("button", name="Show the secret now").click()
    signed_in.reload()
    signed_in.get_by_role("alert").wait_for()
    assert faults(signed_in) == []


def test_the_pages_below_the_lists_have_no_faults(signed_in: Page) -> None:
    for address in ("/admin/apikeys/tenant/", "/admin/apikeys/auditevent/"):
        signed_in.goto(address)
        signed_in.locator("#result_list tbody th a").first.click()
        signed_in.wait_for_load_state()
        assert faults(signed_in) == []


def test_signing_in_has_no_faults(browser_page: Page, service: Service) -> None:
    browser_page.goto("/admin/login/")
    assert faults(browser_page) == []
    sign_in(browser_page, service.admin_password)
    browser_page.get_by_role("heading", name="API keys", exact=True).wait_for()


def test_the_dark_page_is_dark(admin: Page) -> None:
    admin.emulate_media(color_scheme="dark")
    admin.reload()
    ground = admin.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(18, 18, 18)"
