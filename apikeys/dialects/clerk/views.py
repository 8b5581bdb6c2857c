"""Clerk's eight operations on API keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import openapi
from apikeys.api.fields import only
from apikeys.api.guarded import GuardedViewSet, disclosing
from apikeys.api.refusals import Refused
from apikeys.api.strict_json import BULK_BODY_LIMIT_BYTES, json_object
from apikeys.conf import settings
from apikeys.dialects.clerk import errors, paging, schemas, wire
from apikeys.domain import asking
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import InvalidInput, NotFound
from apikeys.domain.presentation import Presentation
from apikeys.models import ApiKey
from apikeys.operations import (
    delete_key,
    issue_key,
    read_secret,
    revise_key,
    revoke_key,
    verify,
)
from apikeys.operations.reasons import REASON

documented = partial(openapi.documented, failures=schemas.FAILURES)


class ClerkViewSet(GuardedViewSet):
    """A view that speaks Clerk's dialect; the credential is a management key."""

    refused = staticmethod(errors.refused)

    def get_queryset(self) -> Any:
        return ApiKey.objects.of_tenant(self.actor.tenant_id).whole().existing()


class ApiKeyViewSet(ClerkViewSet):
    """Issue, list, read, change, revoke and delete keys, and read a secret again."""

    scopes: ClassVar[Mapping[str, str]] = {
        "page": "api_keys:read",
        "retrieve": "api_keys:read",
        "create": "api_keys:write",
        "partial_update": "api_keys:write",
        "destroy": "api_keys:write",
        "revoke": "api_keys:revoke",
        "secret": "api_keys:reveal",
    }

    def known_query_names(self) -> frozenset[str]:
        """Only the list takes parameters."""
        return frozenset(paging.QUERY if self.action == "page" else ())

    @documented("List the keys of a subject", answer=schemas.KeyPage, query=paging.QUERY)
    def page(self, request: Request) -> Response:
        return Response(paging.page(self.get_queryset(), request.query_params.dict(), self.now))

    @documented("Issue a key", body=schemas.NewKey, answer=schemas.IssuedKey, status=201)
    def create(self, request: Request) -> Response:
        now = self.now
        issued = issue_key(
            self.actor,
            wire.new_key(json_object(request), now),
            prefix=wire.SECRET_PREFIX,
            recoverable=settings.CLERK_RECOVERABLE,
            now=now,
        )
        body = disclosing(wire.rendered(issued.key, now), {"secret": issued.secret})
        return Response(body, status=wire.created_status(request.headers.get("User-Agent", "")))

    @documented("Read a key", answer=schemas.Key)
    def retrieve(self, request: Request, key_id: str) -> Response:
        key = self.get_queryset().filter(public_id=wire.native_id(key_id)).first()
        if key is None:
            raise NotFound
        return Response(wire.rendered(key, self.now))

    @documented("Change a key", body=schemas.KeyRevision, answer=schemas.Key)
    def partial_update(self, request: Request, key_id: str) -> Response:
        now = self.now
        changes = wire.revision(json_object(request), now)
        revised = revise_key(self.actor, wire.native_id(key_id), changes, now=now)
        return Response(wire.rendered(revised.key, now))

    @documented("Delete a key", answer=schemas.DeletedKey)
    def destroy(self, request: Request, key_id: str) -> Response:
        only(json_object(request))
        delete_key(self.actor, wire.native_id(key_id))
        shown_id = wire.shown_id(wire.digits(key_id))
        return Response({"object": wire.OBJECT, "id": shown_id, "deleted": True})

    @documented("Read the secret of a recoverable key", answer=schemas.Secret)
    def secret(self, request: Request, key_id: str) -> Response:
        secret = read_secret(self.actor, wire.native_id(key_id))
        return Response(disclosing({}, {"secret": secret}))

    @documented("Revoke a key for good", body=schemas.Revocation, answer=schemas.Key)
    def revoke(self, request: Request, key_id: str) -> Response:
        given = clean_members(json_object(request), {"revocation_reason": REASON})
        reason = given.get("revocation_reason")
        key = revoke_key(self.actor, wire.native_id(key_id), reason=reason)
        return Response(wire.rendered(key, self.now))


class VerifyViewSet(ClerkViewSet):
    """200 for a key that may be used, and for nothing else: a client takes any 200 for that."""

    body_limit_bytes = BULK_BODY_LIMIT_BYTES
    scopes: ClassVar[Mapping[str, str]] = {"verify": "api_keys:verify"}

    @documented("Verify a secret", body=schemas.Verification, answer=schemas.Key)
    def verify(self, request: Request) -> Response:
        asked = clean_members(json_object(request), {"secret": asking.Presented()}, ("secret",))
        if not len(asked["secret"]):
            raise InvalidInput.at("/secret", "required", "Give the secret of a key.")
        now = self.now
        presentation = Presentation(secret=asked["secret"])
        verdict = verify(presentation, tenant_id=self.actor.tenant_id)
        if refusal := errors.refusal_for(verdict):
            raise Refused(refusal)
        # Read for what the decision does not carry; it may have been revoked in between.
        key_id = verdict.terms and verdict.terms.key_id
        key = self.get_queryset().filter(public_id=key_id, revoked_at=None).first()
        if key is None:
            raise Refused(errors.NO_SUCH_SECRET)
        return Response(wire.rendered(key, now))
