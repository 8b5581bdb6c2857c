"""`/api/v1/api_keys`: keys, managed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import schemas
from apikeys.api.fields import only
from apikeys.api.filters import KeyFilter
from apikeys.api.guarded import disclosing
from apikeys.api.openapi import documented
from apikeys.api.preconditions import expected_version
from apikeys.api.strict_json import json_object
from apikeys.api.views import ListViewSet, with_etag
from apikeys.domain.errors import NotFound
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey
from apikeys.models.shown import shown
from apikeys.operations import (
    delete_key,
    disable_key,
    enable_key,
    issue_key,
    read_secret,
    restore_key,
    revise_key,
    revoke_key,
    rotate_secret,
)
from apikeys.operations.idempotency import Answer

Verb = Callable[..., ApiKey]

_changes_standing = partial(
    documented, body=schemas.Reason, answer=schemas.Key, once=True, versioned=True
)


class KeyViewSet(ListViewSet):
    """Issue, list, read, change, stop, rotate, delete and restore keys."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = KeyFilter
    queryset = ApiKey.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {
        "list": "api_keys:read",
        "retrieve": "api_keys:read",
        "create": "api_keys:write",
        "partial_update": "api_keys:write",
        "destroy": "api_keys:write",
        "restore": "api_keys:write",
        "rotate": "api_keys:write",
        "revoke": "api_keys:revoke",
        "disable": "api_keys:revoke",
        "enable": "api_keys:revoke",
        "secret": "api_keys:reveal",
    }

    def get_queryset(self) -> Any:
        return ApiKey.objects.of_tenant(self.actor.tenant_id).whole()

    @documented("List keys, newest first", answer=schemas.Key, many=True)
    def list(self, request: Request) -> Response:
        now = self.now
        return self.respond_with_page(request, lambda key: shown(key, now))

    @documented("Issue a key", body=schemas.NewKey, answer=schemas.IssuedKey, status=201, once=True)
    def create(self, request: Request) -> Response:
        body = json_object(request)

        def work() -> Answer:
            issued = issue_key(self.actor, body)
            secrets = {"secret": issued.secret, "client_secret": issued.client_secret}
            return self._answer(issued.key, secrets, status_code=201)

        return self.once(request, work)

    @documented("Read a key", answer=schemas.Key, tagged=True)
    def retrieve(self, request: Request, key_id: str) -> Response:
        key = self.get_queryset().existing().filter(public_id=key_id).first()
        if key is None:
            raise NotFound
        return with_etag(shown(key, self.now), key.version)

    @documented(
        "Change a key",
        body=schemas.KeyRevision,
        answer=schemas.RevisedKey,
        versioned=True,
        tagged=True,
    )
    def partial_update(self, request: Request, key_id: str) -> Response:
        revised = revise_key(
            self.actor,
            key_id,
            json_object(request),
            expected_version=expected_version(request),
        )
        body = disclosing(shown(revised.key, self.now), {"client_secret": revised.client_secret})
        return with_etag(body, revised.key.version)

    @documented("Delete a key; it can be restored for a while", status=204, versioned=True)
    def destroy(self, request: Request, key_id: str) -> Response:
        only(json_object(request))
        delete_key(self.actor, key_id, expected_version=expected_version(request))
        return Response(status=204)

    @_changes_standing("Restore a deleted key")
    def restore(self, request: Request, key_id: str) -> Response:
        return self._stand(request, restore_key, key_id)

    @_changes_standing("Revoke a key for good")
    def revoke(self, request: Request, key_id: str) -> Response:
        return self._stand(request, revoke_key, key_id)

    @_changes_standing("Disable a key until it is enabled")
    def disable(self, request: Request, key_id: str) -> Response:
        return self._stand(request, disable_key, key_id)

    @_changes_standing("Enable a disabled key")
    def enable(self, request: Request, key_id: str) -> Response:
        return self._stand(request, enable_key, key_id)

    @documented(
        "Give a key a new secret",
        body=schemas.Rotation,
        answer=schemas.RotatedKey,
        once=True,
        versioned=True,
    )
    def rotate(self, request: Request, key_id: str) -> Response:
        body = only(json_object(request), "grace_seconds", "reason")
        version = expected_version(request)

        def work() -> Answer:
            rotated = rotate_secret(self.actor, key_id, expected_version=version, **body)
            ends_at = rotated.previous_secret_expires_at
            return self._answer(
                rotated.key,
                {"secret": rotated.secret},
                previous_secret_expires_at=ends_at,
            )

        return self.once(request, work)

    @documented("Read the secret of a recoverable key", answer=schemas.RecoveredSecret)
    def secret(self, request: Request, key_id: str) -> Response:
        only(json_object(request))
        secret = read_secret(self.actor, key_id)
        return Response(disclosing({}, {"secret": secret}))

    def _stand(self, request: Request, verb: Verb, key_id: str) -> Response:
        """A verb that changes whether a key stands, and takes a reason."""
        body = only(json_object(request), "reason")
        version = expected_version(request)
        return self.once(
            request,
            lambda: self._answer(verb(self.actor, key_id, expected_version=version, **body)),
        )

    def _answer(
        self,
        key: ApiKey,
        secrets: Mapping[str, Secret | None] | None = None,
        status_code: int = 200,
        **more: object,
    ) -> Answer:
        present = {name: secret for name, secret in (secrets or {}).items() if secret}
        return Answer(status_code, {**shown(key, self.now), **more}, present)
