"""Authress' own client, 3.1.126, against the running service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Service


def new(**attributes: Any) -> Any:
    from authress.models.client import Client

    return Client(**attributes)


def test_all_seven_operations(authress: Any) -> None:
    clients = authress.service_clients
    made = clients.create_client(new(name="worker", tags={"team": "blue"}))
    assert made.client_id.startswith("sc_")
    assert (made.name, made.tags) == ("worker", {"team": "blue"})

    read = clients.get_client(made.client_id)
    assert (read.client_id, read.created_time) == (made.client_id, made.created_time)

    changed = clients.update_client(made.client_id, new(name="renamed"))
    assert changed.name == "renamed"

    key = clients.request_access_key(made.client_id)
    assert key.access_key.startswith(f"{made.client_id}.{key.key_id}.")
    assert key.client_secret
    [listed] = clients.get_client(made.client_id).verification_keys
    assert (listed.key_id, listed.access_key) == (key.key_id, None)

    clients.delete_access_key(made.client_id, key.key_id)
    assert not clients.get_client(made.client_id).verification_keys

    clients.delete_client(made.client_id)
    with pytest.raises(Exception, match="404") as missing:
        clients.get_client(made.client_id)
    assert type(missing.value).__name__ == "NotFoundException"


def test_paging_walks_through_every_client_once(authress: Any) -> None:
    clients = authress.service_clients
    made = [clients.create_client(new(name=f"page {at}")).client_id for at in range(7)]
    seen, cursor = [], None
    while True:
        page = clients.get_clients(limit=3, cursor=cursor)
        seen += [client.client_id for client in page.clients]
        assert page.links.var_self.href if hasattr(page.links, "var_self") else page.links
        if page.pagination is None or page.pagination.next is None:
            break
        cursor = page.pagination.next.cursor
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


def test_a_sixth_key_is_refused_until_one_is_deleted(authress: Any) -> None:
    clients = authress.service_clients
    client_id = clients.create_client(new()).client_id
    keys = [clients.request_access_key(client_id) for _ in range(5)]
    with pytest.raises(Exception, match="five active access keys") as refused:
        clients.request_access_key(client_id)
    assert refused.value.status == 409  # type: ignore[attr-defined]  # of Authress' exception
    clients.delete_access_key(client_id, keys[0].key_id)
    assert clients.request_access_key(client_id).key_id not in {key.key_id for key in keys}


def test_a_key_that_is_deleted_while_in_use_stops_at_once(
    authress: Any, live: Service, access_key: str
) -> None:
    from authress.exceptions import UnauthorizedException

    authress.service_clients.get_clients()
    client_id, key_id = access_key.split(".")[:2]
    live.call("DELETE", f"/api/v1/clients/{client_id}/access_keys/{key_id}")
    with pytest.raises(UnauthorizedException):
        authress.service_clients.get_clients()


def test_its_own_verifier_takes_tokens_by_our_key_set(authress: Any, access_key: str) -> None:
    token = authress.get_client_token()
    claims = authress.verify_token(token)
    assert claims["sub"] == access_key.split(".")[0]
    with pytest.raises(Exception, match=r"(?i)invalid|unauthorized|token"):
        authress.verify_token(f"{token[:-6]}AAAAAA")


def test_an_absent_right_is_a_typed_error(live: Service) -> None:
    from authress import AuthressClient
    from authress.exceptions import ForbiddenException

    made = live.call("POST", "/api/v1/clients", json={"scopes": ["clients:read"]}).json()
    key = live.call("POST", f"/api/v1/clients/{made['client_id']}/access_keys").json()
    reader = AuthressClient(authress_api_url=live.url, service_client_access_key=key["access_key"])
    reader.service_clients.get_clients()
    with pytest.raises(ForbiddenException):
        reader.service_clients.create_client(new())
