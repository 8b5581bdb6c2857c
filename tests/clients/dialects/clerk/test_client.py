"""Clerk's own Python client, unchanged, against the running service: machines and their tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import jwt
import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.security.types import TokenVerificationError, VerifyTokenOptions
from clerk_backend_api.security.verifytoken import verify_token
from clerk_backend_api.utils import BackoffStrategy, RetryConfig

from tests.service import Service

# What the client does by itself for an hour, a test does for a second.
ONCE = RetryConfig("backoff", BackoffStrategy(100, 100, 1, 1000), retry_connection_errors=False)
UNKNOWN = f"mch_{'0' * 27}"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """As the client makes its own, but blind to the proxies of the machine."""
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=30) as made:
        yield made


@pytest.fixture
def speaking(server: Service, client: httpx.Client) -> Callable[..., Clerk]:
    def speak(key: str | None = None, mount: str = "clerk/v1") -> Clerk:
        url = f"{server.url}/{mount}"
        return Clerk(key or server.root_key, server_url=url, client=client, retry_config=ONCE)

    return speak


@pytest.fixture
def machines(speaking: Callable[..., Clerk]) -> Any:
    return speaking().machines


@pytest.fixture
def pair(machines: Any) -> tuple[Any, Any]:
    """A receiver, and a sender that is scoped to it."""
    receiver = created(machines, name="receiver")
    return receiver, created(machines, name="sender", scoped_machines=[receiver.id])


def created(machines: Any, **body: Any) -> Any:
    """A new machine, with its secret key."""
    return machines.create(request=body)


def refusal_of(call: Callable[[], object]) -> tuple[int, str]:
    """Status and code of a refusal that the client has a type for."""
    with pytest.raises(models.ClerkBaseError) as raised:
        call()
    error: Any = raised.value
    assert not isinstance(error, models.SDKError), error
    first = error.data.errors[0]
    assert first.message
    assert first.long_message
    return error.status_code, first.code


def test_a_machine_lives_its_life(machines: Any) -> None:
    other = created(machines, name="other")
    made = created(machines, name="worker", scoped_machines=[other.id], default_token_ttl=60)
    assert isinstance(made, models.MachineCreated)
    assert made.secret_key.startswith("ak_")
    assert (made.name, made.default_token_ttl) == ("worker", 60)
    assert made.instance_id.startswith("org_")
    assert [(it.id, it.name) for it in made.scoped_machines] == [(other.id, "other")]

    read = machines.get(machine_id=made.id)
    assert {**read.model_dump(), "secret_key": made.secret_key} == made.model_dump()

    changed = machines.update(machine_id=made.id, name="renamed", default_token_ttl=120)
    assert (changed.name, changed.default_token_ttl) == ("renamed", 120)
    assert changed.scoped_machines == read.scoped_machines
    assert machines.update(machine_id=made.id).model_dump() == changed.model_dump()

    gone = machines.delete(machine_id=made.id)
    assert (gone.id, gone.object, gone.DELETED) == (made.id, "machine", True)
    for call in (machines.get, machines.delete, machines.update, machines.get_secret_key):
        told = refusal_of(partial(call, machine_id=made.id))
        assert told == (404, "resource_not_found")


def test_machines_are_listed_searched_and_ordered(machines: Any) -> None:
    word = secrets.token_hex(8)
    made = [created(machines, name=f"{name} {word}") for name in ("b", "C", "a")]
    newest_first = machines.list(query=word)
    assert newest_first.total_count == 3
    assert [it.id for it in newest_first.data] == [it.id for it in reversed(made)]
    by_name = machines.list(query=word.upper(), order_by="+name", limit=2)
    assert [it.name[0] for it in by_name.data] == ["a", "b"]
    rest = machines.list(query=word, order_by="name", limit=2, offset=2)
    assert ([it.name[0] for it in rest.data], rest.total_count) == (["C"], 3)
    assert [it.id for it in machines.list(query=made[1].id).data] == [made[1].id]
    assert refusal_of(partial(machines.list, order_by="size"))[0] == 400


def test_the_secret_key_is_read_and_replaced(machines: Any, speaking: Callable[..., Clerk]) -> None:
    made = created(machines, name="worker")
    assert machines.get_secret_key(machine_id=made.id).secret == made.secret_key
    second = machines.rotate_secret_key(machine_id=made.id, previous_token_ttl=60).secret
    for key in (made.secret_key, second):
        assert speaking(key).m2m.create_token().subject == made.id
    third = machines.rotate_secret_key(machine_id=made.id, previous_token_ttl=0).secret
    assert machines.get_secret_key(machine_id=made.id).secret == third
    for key in (made.secret_key, second):
        with pytest.raises(models.SDKError) as raised:
            speaking(key).m2m.create_token()
        assert raised.value.status_code == 401


def test_scopes_come_and_go(machines: Any) -> None:
    made, other = (
        created(machines, name="from"),
        created(machines, name="to"),
    )
    scope = machines.create_scope(machine_id=made.id, to_machine_id=other.id)
    assert (scope.from_machine_id, scope.to_machine_id) == (made.id, other.id)
    assert machines.create_scope(machine_id=made.id, to_machine_id=other.id) == scope
    assert [it.id for it in machines.get(machine_id=made.id).scoped_machines] == [other.id]
    assert machines.get(machine_id=other.id).scoped_machines == []
    gone = machines.delete_scope(machine_id=made.id, other_machine_id=other.id)
    assert (gone.from_machine_id, gone.to_machine_id, gone.DELETED) == (made.id, other.id, True)
    again = partial(machines.delete_scope, machine_id=made.id, other_machine_id=other.id)
    assert refusal_of(again)[0] == 404
    unknown = partial(machines.create_scope, machine_id=made.id, to_machine_id=UNKNOWN)
    assert refusal_of(unknown)[0] == 404


@pytest.mark.parametrize("mount", ["clerk/v1", "clerk"])
def test_a_token_is_made_sent_verified_and_revoked(
    pair: tuple[Any, Any], speaking: Callable[..., Clerk], mount: str
) -> None:
    receiver, sender = pair
    sending = speaking(sender.secret_key, mount).m2m
    made = sending.create_token(seconds_until_expiration=600, claims={"job": "nightly"})
    assert isinstance(made, models.CreateM2MTokenResponseBody)
    assert made.token.startswith("mt_")
    assert made.token != made.id
    assert (made.subject, made.scopes, made.claims) == (
        sender.id,
        [receiver.id],
        {"job": "nightly"},
    )
    assert made.expiration == made.created_at + 600_000

    receiving, managing = speaking(receiver.secret_key, mount).m2m, speaking(mount=mount).m2m
    for asker in (receiving, managing):
        found = asker.verify_token(token=made.token)
        assert (found.id, found.subject, found.claims) == (made.id, sender.id, {"job": "nightly"})
        assert (found.revoked, found.expired) == (False, False)
        assert found.last_used_at is not None
    stranger = speaking(created(speaking().machines, name="stranger").secret_key, mount).m2m
    for asker in (sending, stranger):
        assert refusal_of(partial(asker.verify_token, token=made.token))[0] == 404

    assert refusal_of(partial(receiving.revoke_token, m2m_token_id=made.id))[0] == 404
    revoked = sending.revoke_token(m2m_token_id=made.id, revocation_reason="leaked")
    assert (revoked.revoked, revoked.revocation_reason) == (True, "leaked")
    assert managing.revoke_token(m2m_token_id=made.id).revocation_reason == "leaked"
    for asker in (receiving, managing):
        told = refusal_of(partial(asker.verify_token, token=made.token))
        assert told == (404, "resource_not_found")


def test_tokens_are_listed(pair: tuple[Any, Any], speaking: Callable[..., Clerk]) -> None:
    receiver, sender = pair
    sending = speaking(sender.secret_key).m2m
    good, revoked = (sending.create_token() for _ in range(2))
    sending.revoke_token(m2m_token_id=revoked.id)
    short = sending.create_token(seconds_until_expiration=0.001)
    for asker in (sending, speaking().m2m):
        page = asker.list_tokens(subject=sender.id)
        assert ([it.id for it in page.m2m_tokens], page.total_count) == ([good.id], 1)
        everything = asker.list_tokens(subject=sender.id, revoked=True, expired=True, limit=2)
        assert [it.id for it in everything.m2m_tokens] == [short.id, revoked.id]
        assert everything.total_count == 3
        rest = asker.list_tokens(subject=sender.id, revoked=True, offset=None)
        assert [it.id for it in rest.m2m_tokens] == [revoked.id, good.id]
        assert refusal_of(partial(asker.list_tokens, subject=UNKNOWN))[0] == 404
    assert refusal_of(partial(sending.list_tokens, subject=receiver.id))[0] == 404


def test_a_token_that_lives_on_is_given_again(
    pair: tuple[Any, Any], speaking: Callable[..., Clerk]
) -> None:
    sending = speaking(pair[1].secret_key).m2m
    first = sending.create_token(claims={"a": [1, 2]}, seconds_until_expiration=900)
    again = sending.create_token(claims={"a": [1, 2]}, min_remaining_ttl_seconds=600)
    assert (again.id, again.token) == (first.id, first.token)
    other = sending.create_token(claims={"a": [2, 1]}, min_remaining_ttl_seconds=600)
    assert other.id != first.id
    longer = sending.create_token(claims={"a": [1, 2]}, min_remaining_ttl_seconds=1000)
    assert longer.id != first.id
    bad = partial(sending.create_token, seconds_until_expiration=60, min_remaining_ttl_seconds=60)
    assert refusal_of(bad)[0] == 400


def test_a_jwt_can_be_read_by_anybody_with_our_keys(
    pair: tuple[Any, Any], speaking: Callable[..., Clerk], server: Service
) -> None:
    receiver, sender = pair
    made = speaking(sender.secret_key).m2m.create_token(
        token_format=models.TokenFormat.JWT, claims={"job": "nightly"}, seconds_until_expiration=60
    )
    keys = server.call("GET", "/.well-known/openid-configuration/jwks").json()["keys"]
    kid = jwt.get_unverified_header(made.token)["kid"]
    key = jwt.PyJWK(next(it for it in keys if it["kid"] == kid))
    read = jwt.decode(made.token, key, algorithms=["EdDSA"], audience=receiver.id)
    assert (read["sub"], read["jti"], read["job"]) == (sender.id, made.id, "nightly")
    assert read["exp"] - read["iat"] == 60
    assert read["scopes"] == receiver.id
    found = speaking(receiver.secret_key).m2m.verify_token(token=made.token)
    assert (found.id, found.claims, found.last_used_at) == (made.id, {"job": "nightly"}, None)
    assert refusal_of(partial(speaking().m2m.revoke_token, m2m_token_id=made.id))[0] == 404


def test_only_a_machine_makes_tokens(speaking: Callable[..., Clerk]) -> None:
    told = refusal_of(speaking().m2m.create_token)
    assert told == (400, "machine_secret_key_required")


def test_a_machine_manages_nothing(pair: tuple[Any, Any], speaking: Callable[..., Clerk]) -> None:
    as_machine = speaking(pair[1].secret_key)
    assert refusal_of(as_machine.machines.list) == (401, "clerk_key_invalid")
    with pytest.raises(models.SDKError) as raised:
        as_machine.api_keys.get_api_keys(subject="user_1")
    assert raised.value.status_code == 401


@pytest.fixture
def _closing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`verify_token` leaves its connections open, which would be held against the next test."""
    opened: list[httpx.Client] = []
    make = httpx.Client

    def remembered(**options: Any) -> httpx.Client:
        opened.append(make(**{"trust_env": False, **options}))
        return opened[-1]

    monkeypatch.setattr(httpx, "Client", remembered)
    yield
    for client in opened:
        client.close()


@pytest.mark.usefixtures("_closing")
def test_the_helper_that_verifies_tokens_says_secret(
    pair: tuple[Any, Any], speaking: Callable[..., Clerk], server: Service
) -> None:
    receiver, sender = pair
    made = speaking(sender.secret_key).m2m.create_token()
    api_url = f"{server.url}/clerk"
    for options in (
        VerifyTokenOptions(machine_secret_key=receiver.secret_key, api_url=api_url),
        VerifyTokenOptions(secret_key=server.root_key, api_url=api_url),
    ):
        assert verify_token(made.token, options)["id"] == made.id
    with pytest.raises(TokenVerificationError):
        verify_token(f"{made.token[:-1]}!", options)


def test_a_deleted_machine_is_forgotten_with_its_tokens(
    pair: tuple[Any, Any], machines: Any, speaking: Callable[..., Clerk]
) -> None:
    receiver, sender = pair
    token = speaking(sender.secret_key).m2m.create_token().token
    receiving = speaking(receiver.secret_key).m2m
    assert receiving.verify_token(token=token).subject == sender.id
    machines.delete(machine_id=sender.id)
    assert refusal_of(partial(receiving.verify_token, token=token))[0] == 404
