"""Service clients in the admin, in a real browser against the real service."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults
from tests.service import Service

CLIENTS = "/admin/service_clients/serviceclient/"
FIXED = {
    "clients": CLIENTS,
    "clients found": f"{CLIENTS}?q=made&enabled=yes&keys=old&tenant=org_x",
    "client to add": f"{CLIENTS}add/",
    "access keys": "/admin/service_clients/accesskey/",
    "waiting": "/admin/service_clients/accesskey/waiting/",
    "signing keys": "/admin/service_clients/signingkey/",
    "rotate": "/admin/service_clients/signingkey/rotate/",
}
OF_A_CLIENT = ["Edit", "Disable", "Delete", "Request a key"]

Made = Callable[..., str]


@pytest.fixture
def client_made(service: Service) -> Made:
    """Make a client with so many keys through the API; its id."""

    def make(keys: int = 1, **attributes: Any) -> str:
        body = {"name": f"Made {secrets.token_hex(4)}", "scopes": ["jobs:run"], **attributes}
        client_id: str = service.call("POST", "/api/v1/clients", json=body).json()["client_id"]
        for _ in range(keys):
            answer = service.call("POST", f"/api/v1/clients/{client_id}/access_keys")
            assert answer.status_code == 201
        return client_id

    return make


def open_client(page: Page, client_id: str) -> None:
    page.goto(f"{CLIENTS}?q={client_id}")
    page.locator("#result_list .field-identity a").click()
    page.get_by_role("heading", name="Client", exact=True).wait_for()


def token_status(service: Service, env: dict[str, str]) -> int:
    """What the token endpoint answers to what stands in a .env block."""
    answer = service.call(
        "POST",
        "/oauth/token",
        key="",
        auth=(env["CLIENT_ID"], env["CLIENT_SECRET"]),
        data={"grant_type": "client_credentials"},
    )
    return answer.status_code


def read_env(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.split())


@pytest.mark.parametrize("address", FIXED.values(), ids=FIXED.keys())
def test_a_page_has_no_faults(address: str, signed_in: Page, client_made: Made) -> None:
    client_made()
    signed_in.goto(address)
    assert faults(signed_in) == []


def test_the_pages_of_a_client_have_no_faults(signed_in: Page, client_made: Made) -> None:
    limit = {"duration": "PT1H", "quota": 1000}
    open_client(signed_in, client_made(keys=2, tags={"a": "b"}, rate_limits=[limit]))
    assert faults(signed_in) == []
    here = signed_in.url
    for name in OF_A_CLIENT:
        signed_in.goto(here)
        signed_in.get_by_role("link", name=name, exact=True).click()
        signed_in.wait_for_load_state()
        assert (name, faults(signed_in)) == (name, [])
    for row in ("Delete acc_", "acc_"):
        signed_in.goto(here)
        signed_in.get_by_role("link", name=re.compile(f"^{row}")).first.click()
        signed_in.wait_for_load_state()
        assert (row, faults(signed_in)) == (row, [])


def test_a_full_client_has_no_faults(signed_in: Page, client_made: Made) -> None:
    open_client(signed_in, client_made(keys=5))
    assert faults(signed_in) == []
    signed_in.goto(signed_in.url.replace("change", "request"))
    signed_in.get_by_role("button", name="Request key").click()
    signed_in.get_by_role("alert").wait_for()
    assert faults(signed_in) == []


def test_the_way_to_an_access_key_has_no_faults(signed_in: Page, client_made: Made) -> None:
    open_client(signed_in, client_made(keys=0))
    signed_in.get_by_role("link", name="Request a key").click()
    signed_in.get_by_role("button", name="Request key").click()
    signed_in.get_by_role("heading", name="Show the access key once").wait_for()
    assert faults(signed_in) == []
    signed_in.get_by_role("button", name="Show the access key now").click()
    signed_in.get_by_role("heading", name="The access key of").wait_for()
    assert faults(signed_in) == []
    signed_in.reload()
    signed_in.get_by_role("alert").wait_for()
    assert faults(signed_in) == []


def test_a_client_is_added_and_its_first_key_gets_a_token(admin: Page, service: Service) -> None:
    admin.goto(CLIENTS)
    admin.get_by_role("link", name="Add service client").click()
    admin.get_by_label("Name:").fill("Walked")
    admin.get_by_label("Scopes:").fill("jobs:run")
    admin.get_by_role("button", name="Add client").click()
    admin.get_by_role("link", name="Request a key").click()
    admin.get_by_role("button", name="Request key").click()
    admin.get_by_role("button", name="Show the access key now").click()
    env = read_env(admin.locator("[data-env]").inner_text())
    assert env["ACCESS_KEY"] == admin.locator("[data-variable=ACCESS_KEY]").inner_text()
    assert env["TOKEN_URL"] == f"{service.url}/oauth/token"
    assert token_status(service, env) == 200
    with admin.expect_download() as download:
        admin.get_by_role("button", name="Download as .env").click()
    assert read_env(download.value.path().read_text()) == env
    assert env["CLIENT_SECRET"] not in service.log_text()


def test_each_secret_is_copied_by_its_own_button(
    admin: Page, service: Service, client_made: Made
) -> None:
    open_client(admin, client_made(keys=0))
    admin.get_by_role("link", name="Request a key").click()
    admin.get_by_role("button", name="Request key").click()
    admin.get_by_role("button", name="Show the access key now").click()
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service.url)
    for variable in ("ACCESS_KEY", "CLIENT_SECRET"):
        admin.locator(f"[data-copies=value-{variable}]").click()
        expect(admin.get_by_role("status")).to_have_text("Copied.")
        value = admin.locator(f"[data-variable={variable}]").inner_text()
        assert admin.evaluate("navigator.clipboard.readText()") == value


def test_the_page_forgets_both_secrets_and_their_block(admin: Page, client_made: Made) -> None:
    admin.clock.install()
    open_client(admin, client_made(keys=0))
    admin.get_by_role("link", name="Request a key").click()
    admin.get_by_role("button", name="Request key").click()
    admin.get_by_role("button", name="Show the access key now").click()
    values = [admin.locator(f"[data-variable={name}]") for name in ("ACCESS_KEY", "CLIENT_SECRET")]
    plaintexts = [value.inner_text() for value in values]
    admin.wait_for_load_state()  # by then its script counts the minutes
    admin.clock.fast_forward("05:01")
    for value in (*values, admin.locator("[data-env]")):
        expect(value).to_be_empty()
    assert not [text for text in plaintexts if text in admin.content()]


def test_clients_are_disabled_and_deleted_by_keyboard_alone(
    admin: Page, service: Service, client_made: Made
) -> None:
    client_id = client_made()
    open_client(admin, client_id)
    admin.get_by_role("link", name="Disable", exact=True).focus()
    admin.keyboard.press("Enter")
    admin.get_by_label("Reason").focus()
    admin.keyboard.type("by keyboard")
    admin.keyboard.press("Enter")
    expect(admin.locator(".apikeys-head .apikeys-status")).to_have_text("disabled")
    admin.get_by_role("link", name="Delete", exact=True).focus()
    admin.keyboard.press("Enter")
    admin.get_by_role("button", name="Delete").focus()
    admin.keyboard.press("Enter")
    expect(admin.locator(".messagelist")).to_contain_text("Deleted")
    assert service.call("GET", f"/api/v1/clients/{client_id}").status_code == 404


def test_the_signing_keys_are_rotated_after_a_confirmation(admin: Page, service: Service) -> None:
    admin.goto("/admin/service_clients/signingkey/")
    admin.get_by_role("link", name="Rotate").click()
    admin.get_by_label("Reason").fill("yearly")
    admin.get_by_role("button", name="Rotate").click()
    expect(admin.locator(".messagelist")).to_contain_text("signs from now on")
    published = service.call("GET", "/.well-known/openid-configuration/jwks").json()["keys"]
    assert len(published) >= 2
    assert faults(admin) == []
