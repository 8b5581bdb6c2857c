"""The commands about service clients as an operator meets them."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apikeys.domain.secret import Secret
from apikeys.operations.reaching import utc_now
from clients.models import AccessKey, ServiceClient
from clients.operations import bearer_of, issue_token
from clients.operations.proving import client_by_secret
from tests.clients.machines import machine

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_created_client_has_a_key_that_is_printed_alone() -> None:
    out, err = run("clients_create", "nightly", "--scope", "clients:read", "--scope", "jobs:run")
    client = ServiceClient.objects.get()
    assert (client.name, client.scopes) == ("nightly", ["clients:read", "jobs:run"])
    client_id, key_id, account_id, private = out.strip().split(".")
    assert (client_id, account_id) == (client.public_id, client.tenant.public_id)
    assert key_id == client.active_keys[0].public_id
    assert private not in err


def test_in_json_the_client_secret_is_there_too() -> None:
    told = json.loads(run("clients_create", "nightly", "--json")[0])
    client = client_by_secret(told["client_id"], Secret(told["client_secret"]))
    assert client.public_id == told["client_id"]


def test_a_key_that_cannot_be_taken_leaves_no_client_behind() -> None:
    with pytest.raises(CommandError, match="public_key"):
        run("clients_create", "nightly", "--public-key", "nonsense")
    assert not ServiceClient.objects.exists()


def test_rotation_lets_old_tokens_live() -> None:
    token = issue_token(machine().client).token.reveal()
    kid = run("clients_rotate")[0].strip()
    assert kid.startswith("sig_")
    assert bearer_of(token, thumbprint=None).token.kid != kid


def test_old_keys_are_listed_and_new_ones_are_not() -> None:
    old, new = machine(name="old"), machine(name="new")
    AccessKey.objects.filter(public_id=old.key_id).update(created_at=utc_now() - timedelta(days=91))
    out, err = run("clients_old_keys")
    assert old.key_id in out
    assert new.key_id not in out
    assert "1 access keys" in err
    told = json.loads(run("clients_old_keys", "--days", "400", "--json")[0])
    assert told == {"days": 400, "keys": []}
