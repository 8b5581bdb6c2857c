"""Authress' older client, `authress-sdk` 2.0.34, against the running service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Service


@pytest.fixture
def older(live: Service, access_key: str) -> Any:
    from authress_sdk import AuthressClient

    return AuthressClient(live.url, access_key)


def test_all_seven_operations(older: Any) -> None:
    from authress_sdk import Client

    clients = older.clients
    made = clients.create_client(Client(name="older"))
    assert clients.get_client(made.client_id).name == "older"
    assert clients.update_client(Client(name="newer"), made.client_id).name == "newer"
    key = clients.request_access_key(made.client_id)
    assert key.access_key.startswith(f"{made.client_id}.{key.key_id}.")
    assert made.client_id in {client.client_id for client in clients.get_clients().clients}
    clients.delete_access_key(made.client_id, key.key_id)
    clients.delete_client(made.client_id)
    with pytest.raises(Exception, match="404"):
        clients.get_client(made.client_id)


def test_five_keys_and_no_more(older: Any) -> None:
    from authress_sdk import Client

    client_id = older.clients.create_client(Client()).client_id
    keys = [older.clients.request_access_key(client_id) for _ in range(5)]
    with pytest.raises(Exception, match="409"):
        older.clients.request_access_key(client_id)
    older.clients.delete_access_key(client_id, keys[0].key_id)
    older.clients.request_access_key(client_id)


def test_its_own_verifier_takes_tokens_by_our_key_set(
    older: Any, live: Service, access_key: str
) -> None:
    from authress_sdk.api.service_client_token_provider import ServiceClientTokenProvider

    # Its own `get_client_token` gives nothing back.
    token = ServiceClientTokenProvider().get_client_token(access_key, live.url)
    assert older.verify_token(token)["sub"] == access_key.split(".")[0]


def test_a_key_that_is_deleted_while_in_use_stops_at_once(
    older: Any, live: Service, access_key: str
) -> None:
    older.clients.get_clients()
    client_id, key_id = access_key.split(".")[:2]
    live.call("DELETE", f"/api/v1/clients/{client_id}/access_keys/{key_id}")
    with pytest.raises(Exception, match="401"):
        older.clients.get_clients()
