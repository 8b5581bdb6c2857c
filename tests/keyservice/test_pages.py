"""The deployment's own pages, and the headers that every answer carries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client, RequestFactory, override_settings
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error

PAGES = ["landing.html", "400.html", "403.html", "403_csrf.html", "404.html", "500.html"]
INLINE = re.compile(
    r"<style|<script(?![^>]*\bsrc=)|\bstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)
POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_context_and_nothing_that_the_policy_forbids(name: str) -> None:
    html = get_template(name).render()

    assert not INLINE.search(html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)
    assert '<html lang="en">' in html
    assert "<h1>" in html
    assert 'name="viewport"' in html


@pytest.mark.parametrize("view", [bad_request, permission_denied, page_not_found])
def test_an_error_page_repeats_nothing_of_the_request(view: object) -> None:
    assert callable(view)
    request = RequestFactory().get("/canary-path")

    response = view(request, exception=Exception("canary-exception"))

    assert b"canary" not in response.content


def test_the_page_of_a_breakdown_is_ours() -> None:
    response = server_error(RequestFactory().get("/"))

    assert b"Something went wrong" in response.content


def test_the_landing_page_leads_to_the_admin_and_the_documentation(client: Client) -> None:
    html = client.get("/").content.decode()

    assert 'href="/admin/"' in html
    assert 'href="/api/v1/docs"' in html


@pytest.mark.parametrize("path", ["/", "/livez", "/missing", "/admin/login/", "/api/v1/missing"])
def test_every_answer_carries_the_headers_for_browsers(client: Client, path: str) -> None:
    response = client.get(path)

    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Request-ID"]


def test_a_refusal_before_the_view_carries_them_too(client: Client) -> None:
    response = client.get("/admin/login/?token=canary")

    assert response.status_code == 400
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert b"canary" not in response.content


def test_an_unknown_host_gets_a_page_that_does_not_repeat_it(client: Client) -> None:
    response = client.get("/", headers={"host": "canary.example"})

    assert response.status_code == 400
    assert b"canary" not in response.content


def test_a_form_without_its_token_gets_our_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "canary"})

    assert response.status_code == 403
    assert b"Form expired" in response.content
    assert not INLINE.search(response.content.decode())


def test_over_tls_the_browser_is_told_to_stay_there(client: Client) -> None:
    with override_settings(SECURE_HSTS_SECONDS=60):
        response = client.get("/", secure=True)

    assert response["Strict-Transport-Security"] == "max-age=60"


def test_the_stylesheet_knows_light_and_dark() -> None:
    folder = Path(settings.BASE_DIR) / "keyservice" / "static" / "keyservice"
    style = (folder / "pages.css").read_text()

    assert "color-scheme: light dark" in style
    assert "prefers-color-scheme: dark" in style
    assert "//" not in style


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/", "/livez", "/readyz"])
def test_the_deployments_own_pages_are_read_only(client: Client, path: str, method: str) -> None:
    assert getattr(client, method)(path).status_code == 405
