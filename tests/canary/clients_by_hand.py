"""What people do in the admin with the secrets of service clients, as their browsers send it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from apikeys.domain.secret import Secret
from apikeys.models import AuditEvent, SealedSecret
from clients.domain.keypairs import access_key_text, new_pair, private_pem
from clients.models import AccessKey, ServiceClient
from tests.canary.canaries import Canary
from tests.canary.driving import Driver
from tests.canary.journeys import Break, breaking, stop

SHOWN = "secret of a client on its page"
GENERATE = {"origin": "generate"}
_PUBLIC = len("MC4CAQAwBQYDK2VwBCIEI")  # PKCS #8 says so of every key


def work(driver: Driver) -> None:
    """Add, request, look, open twice, delete; and paste what should not be pasted."""
    client = _client(driver)
    answer = driver.page("POST", _url("serviceclient", "request", client.pk), GENERATE)
    for method in ("GET", "POST", "POST"):
        driver.page(method, answer.headers["Location"], may_show=SHOWN)
    key = AccessKey.objects.latest("pk")
    for model, name, pk in (
        ("serviceclient", "change", client.pk),
        ("accesskey", "change", key.pk),
        ("accesskey", "delete", key.pk),
    ):
        driver.page("GET", _url(model, name, pk))
    _paste_wrongly(driver, client)
    driver.page("POST", _url("accesskey", "delete", key.pk), {"reason": "a test"})


def break_down(driver: Driver, how: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page that has to do with a secret while something that it needs is broken."""
    client = _client(driver)
    request = _url("serviceclient", "request", client.pk)
    for _ in range(2):
        driver.page("POST", request, GENERATE)
    pem = private_pem(_private(driver)).reveal()
    with monkeypatch.context() as patch:
        how(patch)
        driver.page("POST", request, GENERATE)
        driver.page("POST", request, {"origin": "bring", "public_key": pem})
        _open_what_waits(driver)


def _client(driver: Driver) -> ServiceClient:
    fields = {"name": "by hand", "enabled": "on", "scopes": "jobs:run"}
    driver.page("POST", _url("serviceclient", "add"), fields)
    found: ServiceClient = ServiceClient.objects.latest("pk")
    return found


def _paste_wrongly(driver: Driver, client: ServiceClient) -> None:
    private = _private(driver)
    pasted = {"origin": "bring", "public_key": private_pem(private).reveal()}
    driver.page("POST", _url("serviceclient", "request", client.pk), pasted)
    text = access_key_text("sc_x", "acc_x", "org_x", private).reveal()
    for model in ("serviceclient", "accesskey"):
        driver.page("GET", f"{_url(model, 'changelist')}?q={text.replace('+', '%2B')}")


def _private(driver: Driver) -> Secret:
    """The private half of a pair that the service did not make."""
    private = new_pair().private
    driver.canaries.append(Canary("private key by mistake", private.reveal().encode(), _PUBLIC))
    return private


def _open_what_waits(driver: Driver) -> None:
    driver.page("GET", _url("accesskey", "waiting"))
    for waiting in SealedSecret.objects.filter(opened_at=None, key=None, staff__isnull=False):
        key_id, _, ticket = waiting.place.partition(".")
        pk = AccessKey.objects.get(public_id=key_id).pk
        driver.page("POST", _url("accesskey", "reveal", pk, ticket), may_show=SHOWN)


def _url(model: str, name: str, *arguments: Any) -> str:
    return reverse(f"admin:service_clients_{model}_{name}", args=arguments)


BREAKS: dict[str, Break] = {
    "audit": lambda patch: patch.setattr(AuditEvent.objects, "bulk_create", stop),
    "keys": lambda patch: patch.setattr(AccessKey.objects, "create", stop),
    "seals": lambda patch: patch.setattr(SealedSecret.objects, "create", stop),
    "opening": breaking("apikeys.operations.one_time", "unseal_secrets"),
    "showing": breaking("clients.admin.revealing", "confidential"),
    "finding": breaking("clients.operations.access_keys", "lock_client"),
    "rendering": breaking("apikeys.admin.pages", "TemplateResponse"),
}
