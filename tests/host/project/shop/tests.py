"""The shop's own tests, run by Django's own runner."""

from __future__ import annotations

import sys
from typing import Any

from django.contrib.auth.models import User
from django.test import TransactionTestCase

from apikeys.models import ApiKey, AuditEvent
from apikeys.operations import Actor, Presentation, Secret, issue_key, revoke_key, verify


class ShopTests(TransactionTestCase):
    """After each of these the database is flushed, audit events included."""

    def bearer(self, **attributes: Any) -> dict[str, str]:
        secret = issue_key(Actor.system(), name="shop", **attributes).secret
        assert secret is not None
        return {"Authorization": f"Bearer {secret.reveal()}"}

    def test_a_key_is_issued_revealed_once_verified_and_revoked(self) -> None:
        User.objects.create_superuser("owner", password="a password of the shop")
        self.client.login(username="owner", password="a password of the shop")
        made = self.client.post(
            "/admin/apikeys/apikey/add/",
            {"name": "From the admin", "key_type": "standard", "environment": "live"},
        )
        assert made.status_code == 302, made.content
        page = made.headers["Location"]
        assert self.client.get(page).status_code == 200
        shown = self.client.post(page)
        assert shown.status_code == 200
        secret = shown.content.decode().split('data-variable="API_KEY">')[1].split("<")[0]
        assert self.client.post(page).status_code == 410
        assert verify(Presentation(Secret(secret))).valid
        revoke_key(Actor.system(), ApiKey.objects.get().public_id, reason="end of the test")
        assert verify(Presentation(Secret(secret))).outcome == "revoked"
        assert self.client.get("/admin/apikeys/apikey/").status_code == 200
        assert self.client.get("/admin/apikeys/auditevent/").status_code == 200

    def test_the_drf_view_asks_for_a_key_with_the_scope(self) -> None:
        assert self.client.get("/words").status_code == 401
        unknown = self.client.get("/words", headers={"X-API-Key": "ks_unknown"})
        assert unknown.status_code == 401
        assert "invalid_token" in unknown.headers["WWW-Authenticate"]
        poor = self.client.get("/words", headers=self.bearer(scopes=["words:write"]))
        assert poor.status_code == 403
        assert "words:read" in poor.json()["detail"]
        rich = self.client.get("/words", headers=self.bearer(scopes=["words:*"], subject="u1"))
        assert rich.status_code == 200
        assert rich.json()["subject"] == "u1"

    def test_the_drf_view_keeps_to_the_rules_and_limits_of_the_key(self) -> None:
        away = self.bearer(scopes=["words:read"], allowed_ips=["203.0.113.7"])
        assert self.client.get("/words", headers=away).status_code == 403
        slow = self.bearer(scopes=["words:read"], requests_per_minute=1)
        assert self.client.get("/words", headers=slow).status_code == 200
        again = self.client.get("/words", headers=slow)
        assert again.status_code == 429
        assert int(again.headers["Retry-After"]) > 0

    def test_the_plain_view_answers_problems(self) -> None:
        refused = self.client.post("/orders")
        assert refused.status_code == 401
        assert refused.headers["Content-Type"] == "application/problem+json"
        granted = self.client.post("/orders", headers=self.bearer(scopes=["orders:write"]))
        assert granted.status_code == 200

    def test_the_middleware_knows_who_is_calling_and_rejects_nobody(self) -> None:
        assert self.client.get("/who").json()["key"] is None
        assert self.client.get("/who", headers={"X-API-Key": "x"}).json()["key"] is None
        bearer = self.bearer()
        key = ApiKey.objects.get().public_id
        assert self.client.get("/who", headers=bearer).json()["key"] == key

    def test_a_test_begins_with_an_empty_trail(self) -> None:
        assert not AuditEvent.objects.exists()

    def test_nothing_else_of_the_distribution_is_imported(self) -> None:
        assert not {"clients", "keyservice"} & set(sys.modules)
