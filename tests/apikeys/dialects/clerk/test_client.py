"""Clerk's own Python client, unchanged, against the running service."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.security.types import TokenVerificationError, VerifyTokenOptions
from clerk_backend_api.security.verifytoken import verify_token
from clerk_backend_api.utils import BackoffStrategy, RetryConfig

from tests.service import Service

# What the client does by itself for an hour, a test does for a second.
ONCE = RetryConfig("backoff", BackoffStrategy(100, 100, 1, 1000), retry_connection_errors=False)
UNKNOWN = f"ak_{'0' * 32}"


@pytest.fixture(params=["clerk/v1", "clerk"])
def mount(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """As the client makes its own, but blind to the proxies of the machine."""
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=30) as made:
        yield made


@pytest.fixture
def clerk(server: Service, client: httpx.Client) -> Any:
    return speaking_to(server, client).api_keys


@pytest.fixture
def subject() -> str:
    """Of this test alone: the service is shared."""
    return f"user_{secrets.token_hex(13)}0"


def speaking_to(
    server: Service, client: httpx.Client, key: str | None = None, mount: str = "clerk/v1"
) -> Clerk:
    url = f"{server.url}/{mount}"
    return Clerk(key or server.root_key, server_url=url, client=client, retry_config=ONCE)


def refusal_of(call: Callable[[], object]) -> tuple[int, str, str]:
    """Status, code and long message of a refusal that the client has a type for."""
    with pytest.raises(models.ClerkBaseError) as raised:
        call()
    error: Any = raised.value
    assert not isinstance(error, models.SDKError), error
    first = error.data.errors[0]
    assert first.message
    return error.status_code, first.code, first.long_message


def milliseconds(moment: datetime) -> float:
    return moment.timestamp() * 1000


def test_a_key_is_created_as_it_was_asked_for(clerk: Any, subject: str) -> None:
    before = datetime.now(UTC)
    made = clerk.create_api_key(
        name="nightly export",
        subject=subject,
        description="reads everything",
        claims={"camelCase": [1, None, "x"]},
        scopes=["orders:read", "orders:write"],
        created_by=subject,
        seconds_until_expiration=3600.5,
    )
    assert isinstance(made, models.CreateAPIKeyResponseBody)
    assert made.secret.startswith("ak_live_")
    assert made.id.startswith("ak_")
    assert (made.type, made.subject, made.created_by) == ("api_key", subject, subject)
    assert made.name == "nightly export"
    assert made.description == "reads everything"
    assert made.claims == {"camelCase": [1, None, "x"]}
    assert made.scopes == ["orders:read", "orders:write"]
    assert (made.revoked, made.expired, made.revocation_reason) == (False, False, None)
    assert made.last_used_at is None
    assert made.created_at == made.updated_at >= milliseconds(before) - 1
    assert made.expiration == pytest.approx(made.created_at + 3_600_500, abs=2)


def test_the_least_is_a_name_and_a_subject(clerk: Any, subject: str) -> None:
    made = clerk.create_api_key(name="abc", subject=subject)
    assert (made.description, made.claims, made.expiration) == (None, None, None)
    assert made.scopes == []
    assert made.created_by


def test_null_is_a_value_on_create(clerk: Any, subject: str) -> None:
    nothing = dict.fromkeys(
        ("description", "claims", "created_by", "seconds_until_expiration"), None
    )
    made = clerk.create_api_key(name="abc", subject=subject, **nothing)
    assert (made.description, made.claims, made.expiration) == (None, None, None)


def test_keys_are_listed_page_by_page_newest_first(clerk: Any, subject: str) -> None:
    for number in range(5):
        clerk.create_api_key(name=f"number {number}", subject=subject)
    pages = [clerk.get_api_keys(subject=subject, limit=2, offset=start) for start in (0, 2, 4, 6)]
    assert [[key.name for key in page.data] for page in pages] == [
        ["number 4", "number 3"],
        ["number 2", "number 1"],
        ["number 0"],
        [],
    ]
    assert {page.total_count for page in pages} == {5}
    assert clerk.get_api_keys(subject=subject, query="BER 3").data[0].name == "number 3"
    assert clerk.get_api_keys(subject=subject, offset=None).total_count == 5


def test_revoked_and_expired_keys_are_listed_when_asked_for(clerk: Any, subject: str) -> None:
    clerk.create_api_key(name="good", subject=subject)
    revoked = clerk.create_api_key(name="revoked", subject=subject)
    clerk.revoke_api_key(api_key_id=revoked.id)
    clerk.create_api_key(name="expired", subject=subject, seconds_until_expiration=0.001)
    assert [key.name for key in clerk.get_api_keys(subject=subject).data] == ["good"]
    everything = clerk.get_api_keys(subject=subject, include_invalid=models.IncludeInvalid.TRUE)
    told = {key.name: (key.revoked, key.expired) for key in everything.data}
    assert told == {
        "good": (False, False),
        "revoked": (True, False),
        "expired": (False, True),
    }


def test_only_what_is_given_is_changed_and_null_clears(clerk: Any, subject: str) -> None:
    made = clerk.create_api_key(
        name="abc",
        subject=subject,
        description="d",
        claims={"a": 1},
        scopes=["one"],
        seconds_until_expiration=60,
    )
    same = clerk.update_api_key(api_key_id=made.id)
    assert same.model_dump() == clerk.get_api_key(api_key_id=made.id).model_dump()
    changed = clerk.update_api_key(api_key_id=made.id, scopes=["two", "three"])
    assert changed.scopes == ["two", "three"]
    assert (changed.description, changed.claims, changed.expiration) == (
        "d",
        {"a": 1},
        made.expiration,
    )
    cleared = clerk.update_api_key(
        api_key_id=made.id,
        subject=subject,
        description=None,
        claims=None,
        seconds_until_expiration=None,
    )
    assert (cleared.description, cleared.claims, cleared.expiration) == (None, None, None)
    assert cleared.scopes == ["two", "three"]


def test_an_end_is_counted_from_the_update(clerk: Any, subject: str) -> None:
    made = clerk.create_api_key(name="abc", subject=subject)
    changed = clerk.update_api_key(api_key_id=made.id, seconds_until_expiration=86_400)
    day = timedelta(days=1) / timedelta(milliseconds=1)
    assert changed.expiration == pytest.approx(changed.updated_at + day, abs=2)


def test_the_secret_can_be_read_again(clerk: Any, subject: str) -> None:
    made = clerk.create_api_key(name="abc", subject=subject)
    assert clerk.get_api_key_secret(api_key_id=made.id).secret == made.secret


def test_a_deleted_key_is_gone(clerk: Any, subject: str) -> None:
    made = clerk.create_api_key(name="abc", subject=subject)
    gone = clerk.delete_api_key(api_key_id=made.id)
    assert (gone.id, gone.object, gone.DELETED) == (made.id, "api_key", True)
    for call in (clerk.get_api_key, clerk.delete_api_key, clerk.update_api_key):
        status, code, _ = refusal_of(partial(call, api_key_id=made.id))
        assert (status, code) == (404, "resource_not_found")


def test_a_revoked_key_says_why(clerk: Any, subject: str) -> None:
    made = clerk.create_api_key(name="abc", subject=subject)
    revoked = clerk.revoke_api_key(api_key_id=made.id, revocation_reason="leaked")
    assert (revoked.revoked, revoked.revocation_reason) == (True, "leaked")
    again = clerk.revoke_api_key(api_key_id=made.id)
    assert again.revocation_reason == "leaked"


def test_a_verify_answers_the_key_without_its_secret(clerk: Any, subject: str) -> None:
    made = clerk.create_api_key(name="abc", subject=subject, claims={"plan": "pro"})
    found = clerk.verify_api_key(secret=made.secret)
    assert isinstance(found, models.VerifyAPIKeyResponseBody)
    assert (found.id, found.subject, found.claims) == (made.id, subject, {"plan": "pro"})
    assert (found.revoked, found.expired) == (False, False)


def test_every_key_that_is_over_is_refused_alike(clerk: Any, subject: str) -> None:
    revoked = clerk.create_api_key(name="revoked", subject=subject)
    clerk.revoke_api_key(api_key_id=revoked.id)
    deleted = clerk.create_api_key(name="deleted", subject=subject)
    clerk.delete_api_key(api_key_id=deleted.id)
    expired = clerk.create_api_key(name="exp", subject=subject, seconds_until_expiration=0.001)
    told = {
        refusal_of(partial(clerk.verify_api_key, secret=secret))
        for secret in ("ak_unknown", revoked.secret, deleted.secret, expired.secret)
    }
    assert {it[:2] for it in told} == {(404, "resource_not_found")}
    assert len(told) == 1


def test_bad_input_is_a_typed_refusal_that_names_the_field(clerk: Any, subject: str) -> None:
    status, code, told = refusal_of(partial(clerk.create_api_key, name=" a ", subject=subject))
    assert (status, code) == (400, "form_param_value_invalid")
    assert told.startswith("name: ")
    assert refusal_of(partial(clerk.verify_api_key, secret=""))[:2] == (400, "form_param_missing")
    assert refusal_of(partial(clerk.get_api_key, api_key_id="ak_/x y"))[0] == 404
    assert refusal_of(partial(clerk.get_api_key_secret, api_key_id=UNKNOWN))[0] == 404
    assert refusal_of(partial(clerk.revoke_api_key, api_key_id=UNKNOWN))[0] == 404
    assert refusal_of(partial(clerk.get_api_keys, subject=subject, limit=1.5))[0] == 400


def test_a_wrong_instance_key_is_401(server: Service, client: httpx.Client, subject: str) -> None:
    stranger = speaking_to(server, client, "sk_test_wrong").api_keys
    with pytest.raises(models.SDKError) as raised:
        stranger.get_api_keys(subject=subject)
    assert raised.value.status_code == 401


def test_the_client_works_without_v1_too(
    server: Service, client: httpx.Client, subject: str, mount: str
) -> None:
    clerk = speaking_to(server, client, mount=mount).api_keys
    made = clerk.create_api_key(name="abc", subject=subject)
    assert clerk.verify_api_key(secret=made.secret).id == made.id


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
def test_the_helper_that_verifies_tokens_asks_without_v1(
    server: Service, clerk: Any, subject: str
) -> None:
    made = clerk.create_api_key(name="abc", subject=subject)
    options = VerifyTokenOptions(secret_key=server.root_key, api_url=f"{server.url}/clerk")
    found = verify_token(made.secret, options)
    assert (found["id"], found["object"], found["subject"]) == (made.id, "api_key", subject)
    clerk.revoke_api_key(api_key_id=made.id)
    with pytest.raises(TokenVerificationError):
        verify_token(made.secret, options)
