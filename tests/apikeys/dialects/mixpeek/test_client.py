"""Mixpeek's own client, unchanged, against the running service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.apikeys.dialects.mixpeek import theirs
from tests.service import Service

if TYPE_CHECKING:
    from mixpeek import APIKeyModel, OrganizationAPIKeysApi

USER = "ann+ci@example.com"


@pytest.fixture(scope="module")
def own_service(start_service: Callable[..., Service]) -> Service:
    return start_service()


def api_of(service: Service, secret: str | None) -> OrganizationAPIKeysApi:
    host = f"{service.url}/mixpeek"
    configuration = theirs.Configuration(host=host, access_token=secret)
    api: OrganizationAPIKeysApi = theirs.OrganizationAPIKeysApi(theirs.ApiClient(configuration))
    return api


@pytest.fixture
def api(own_service: Service) -> OrganizationAPIKeysApi:
    return api_of(own_service, own_service.root_key)


def create(api: OrganizationAPIKeysApi, name: str, user: str = USER, **more: Any) -> Any:
    return api.create_key_organizations_users_email(
        user, theirs.APIKeyCreateRequest(name=name, **more)
    )


def update(api: OrganizationAPIKeysApi, key_name: str, /, **changes: Any) -> APIKeyModel:
    body = theirs.APIKeyUpdateRequest(**changes)
    return api.update_key_organizations_users_email_name(USER, key_name, body)


def keys_in(api: OrganizationAPIKeysApi, user: str = USER, **query: Any) -> list[APIKeyModel]:
    """The list has no model of its own, but each of its keys must be read as one."""
    told: Any = api.list_keys_organizations_users_email(user, **query)
    assert isinstance(told["total"], int)
    found = [theirs.APIKeyModel.from_dict(key) for key in told["results"]]
    return [key for key in found if key is not None]


def test_a_key_lives_from_create_to_revoke(
    own_service: Service, api: OrganizationAPIKeysApi
) -> None:
    made = create(api, "life", description="d", permissions=[theirs.Permission.READ])
    assert made.key_hash == hashlib.sha256(made.key.encode()).hexdigest()
    assert made.key_prefix == made.key[:10]
    assert (made.user_id, made.status, made.description) == (USER, theirs.KeyStatus.ACTIVE, "d")
    assert is_valid(own_service, made.key)

    changed = update(api, "life", name="life 2", rate_limit_override=5)
    assert (changed.name, changed.rate_limit_override) == ("life 2", 5)
    assert changed.permissions == [theirs.Permission.READ]

    rotated = api.rotate_key_organizations_users_email_name(USER, "life 2")
    assert rotated.key_id == made.key_id
    assert is_valid(own_service, rotated.key)
    assert not is_valid(own_service, made.key)

    told = api.delete_key_organizations_users_email_name(USER, "life 2")
    assert told.success is True
    assert not is_valid(own_service, rotated.key)
    gone = next(key for key in keys_in(api, include_revoked=True) if key.key_id == made.key_id)
    assert gone.status == theirs.KeyStatus.REVOKED
    assert gone.revoked_at is not None
    assert made.key_id not in {key.key_id for key in keys_in(api)}


def test_every_field_goes_there_and_back(api: OrganizationAPIKeysApi) -> None:
    scope = theirs.ResourceScopeInput(
        resource_type=theirs.ResourceTypeInput.NAMESPACE,
        resource_id="ns_*",
        operations=[theirs.NamespaceOperation.READ_DATA],
    )
    given: dict[str, Any] = {
        "permissions": [theirs.Permission.READ, theirs.Permission.ADMIN],
        "rate_limit_override": 9,
        "principal_id": "end-user",
        "allowed_origins": ["https://*.example.com"],
        "expires_at": datetime(2090, 1, 1, tzinfo=UTC),
    }
    made = create(api, "whole", scopes=[scope], **given)
    [listed] = [key for key in keys_in(api) if key.name == "whole"]
    for key in (made, listed):
        assert {name: getattr(key, name) for name in given} == given
        assert [it.to_dict() for it in key.scopes or ()] == [scope.to_dict()]


def test_a_naive_time_is_utc(api: OrganizationAPIKeysApi) -> None:
    naive = datetime(2090, 1, 1)  # noqa: DTZ001  (what the test is about)
    assert create(api, "naive", expires_at=naive).expires_at == naive.replace(tzinfo=UTC)


def test_the_defaults_are_mixpeeks(api: OrganizationAPIKeysApi) -> None:
    made = create(api, "plain")
    assert made.key_type == theirs.APIKeyType.STANDARD
    assert made.permissions == ["read", "write", "delete"]
    assert made.scopes == []


@pytest.mark.parametrize("name", ["my key/1", "a+b", "50 %", "key/rotate", "a@b?c#d", "näme"])
def test_any_name_reaches_its_key(api: OrganizationAPIKeysApi, name: str) -> None:
    made = create(api, name)
    assert update(api, name, description="x").key_id == made.key_id
    assert api.rotate_key_organizations_users_email_name(USER, name).key_id == made.key_id
    assert api.delete_key_organizations_users_email_name(USER, name).success is True


def test_a_key_id_reaches_its_key(api: OrganizationAPIKeysApi) -> None:
    made = create(api, "by id")
    assert update(api, made.key_id, name="by id 2").name == "by id 2"
    assert api.delete_key_organizations_users_email_name(USER, made.key_id).success is True


def test_booleans_of_the_query_are_understood(api: OrganizationAPIKeysApi) -> None:
    create(api, "embedded")
    assert keys_in(api, include_revoked=False, include_session_keys=True)
    told = api.delete_key_organizations_users_email_name(USER, "embedded", force=True)
    assert told.message


def test_an_update_that_says_nothing_answers_the_key(api: OrganizationAPIKeysApi) -> None:
    create(api, "same")
    assert update(api, "same", expires_at=None).name == "same"


def test_status_can_be_set(api: OrganizationAPIKeysApi) -> None:
    create(api, "stop")
    assert update(api, "stop", status=theirs.KeyStatus.EXPIRED).status == "expired"
    assert update(api, "stop", status=theirs.KeyStatus.REVOKED).status == "revoked"


class TestRefusals:
    """What goes wrong arrives as the right exception, with its body read."""

    def test_an_unknown_user(self, api: OrganizationAPIKeysApi) -> None:
        with pytest.raises(theirs.exceptions.NotFoundException) as caught:
            api.list_keys_organizations_users_email("nobody@example.com")
        assert_told(caught.value, 404, "not_found")

    def test_an_unknown_key(self, api: OrganizationAPIKeysApi) -> None:
        with pytest.raises(theirs.exceptions.NotFoundException) as caught:
            api.rotate_key_organizations_users_email_name(USER, "nobody's")
        assert_told(caught.value, 404, "not_found")

    def test_a_wrong_credential_and_none(self, own_service: Service) -> None:
        for secret in ("sk_nobody", None):
            with pytest.raises(theirs.exceptions.UnauthorizedException) as caught:
                api_of(own_service, secret).list_keys_organizations_users_email(USER)
            assert_told(caught.value, 401, "unauthorized")

    def test_a_scope_that_is_missing(self, own_service: Service) -> None:
        body = {"name": "reader", "key_type": "management", "scopes": ["api_keys:read"]}
        secret = own_service.call("POST", "/api/v1/api_keys", json=body).json()["secret"]
        with pytest.raises(theirs.exceptions.ForbiddenException) as caught:
            create(api_of(own_service, secret), "x")
        assert_told(caught.value, 403, "forbidden")

    def test_the_admin_key(self, api: OrganizationAPIKeysApi) -> None:
        create(api, "admin-key")
        with pytest.raises(theirs.exceptions.ForbiddenException) as caught:
            api.delete_key_organizations_users_email_name(USER, "admin-key", force=True)
        assert_told(caught.value, 403, "forbidden")

    def test_a_bad_field(self, api: OrganizationAPIKeysApi) -> None:
        create(api, "bad")
        with pytest.raises(theirs.exceptions.UnprocessableEntityException) as caught:
            update(api, "bad", allowed_origins=["example.com"])
        error: Any = caught.value
        assert_told(error, 422, "validation_error")
        [fault] = error.data.error.details["validation_errors"]
        assert fault["field"] == "allowed_origins.0"

    def test_a_key_that_cannot_come_back(self, api: OrganizationAPIKeysApi) -> None:
        made = create(api, "over")
        api.delete_key_organizations_users_email_name(USER, "over")
        with pytest.raises(theirs.exceptions.BadRequestException) as caught:
            update(api, made.key_id, status=theirs.KeyStatus.ACTIVE)
        assert_told(caught.value, 400, "bad_request")

    def test_a_name_that_is_taken(self, api: OrganizationAPIKeysApi) -> None:
        create(api, "taken")
        with pytest.raises(theirs.exceptions.ConflictException) as caught:
            create(api, "taken")
        assert '"name_taken"' in str(caught.value.body)


def test_the_client_with_v1_in_its_base_url_gets_there_too(own_service: Service) -> None:
    client: Any = theirs.Mixpeek(
        api_key=own_service.root_key, base_url=f"{own_service.url}/mixpeek/v1"
    )
    path = f"/organizations/users/{quote('v1@example.com', safe='')}/api-keys"
    made = client._request("POST", path, body={"name": "v1"})
    assert made["name"] == "v1"


def test_keys_of_the_native_api_do_not_break_the_strict_client(
    own_service: Service, api: OrganizationAPIKeysApi
) -> None:
    foreign = [{"resource_type": "galaxy", "resource_id": "x" * 150, "operations": ["fly"]}]
    unusual: list[dict[str, object]] = [
        {"resource_scopes": []},
        {"resource_scopes": foreign},
        {"hold": "maintenance"},
    ]
    for more in unusual:
        body = {"name": "native", "subject": "native@example.com"} | more
        assert own_service.call("POST", "/api/v1/api_keys", json=body).status_code == 201
    root = own_service.call("GET", "/api/v1/api_keys?key_type=management").json()["results"]
    assert len(keys_in(api, "native@example.com")) == 3
    assert all(key.scopes for key in keys_in(api, "native@example.com") if key.status == "active")
    assert keys_in(api, root[-1]["subject"])


def is_valid(service: Service, secret: str) -> bool:
    answer = service.call("POST", "/api/v1/api_keys/verify", json={"secret": secret})
    return bool(answer.json()["valid"])


def assert_told(error: Any, status: int, kind: str) -> None:
    assert error.status == status
    assert isinstance(error.data, theirs.ErrorResponse)
    assert (error.data.success, error.data.status) == (False, status)
    assert error.data.error.type == kind
    assert error.data.error.message
