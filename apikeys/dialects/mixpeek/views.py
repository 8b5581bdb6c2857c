"""The keys of a user: Mixpeek's five operations, each one operation here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar
from unicodedata import normalize

from django.db.models import Case, Q, Value, When
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import openapi
from apikeys.api.fields import only
from apikeys.api.guarded import GuardedViewSet, disclosing
from apikeys.api.refusals import Refused
from apikeys.api.strict_json import json_object
from apikeys.dialects.mixpeek import errors, schemas, wire
from apikeys.domain.errors import NotFound
from apikeys.domain.lifecycle import Status
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey
from apikeys.operations import enable_key, issue_key, revise_key, revoke_key, rotate_secret

LISTED_MAX = 1000
PROTECTED_NAME = "admin-key"
_ROTATE = "/rotate"

documented = partial(openapi.documented, failures=schemas.FAILURES)


class KeyViewSet(GuardedViewSet):
    """Create, list, change, rotate and revoke the keys of a user, who is a subject here."""

    refused = staticmethod(errors.refused)
    scopes: ClassVar[Mapping[str, str]] = {
        "list": "api_keys:read",
        "create": "api_keys:write",
        "partial_update": "api_keys:write",
        "rotate": "api_keys:write",
        "destroy": "api_keys:revoke",
    }

    @property
    def allowed_methods(self) -> list[str]:
        """POST on a key is for `…/rotate`, with which a name may end too for other methods."""
        key_name = self.kwargs.get("key_name")
        methods: list[str] = super().allowed_methods
        rotates = key_name is None or key_name.endswith(_ROTATE)
        return [it for it in methods if it != "POST" or rotates]

    def known_query_names(self) -> frozenset[str]:
        return frozenset(schemas.QUERY.get(self.action, ()))

    @documented(
        "List a user's keys, newest first", answer=schemas.Keys, query=schemas.QUERY["list"]
    )
    def list(self, request: Request, user_email: str) -> Response:
        include_revoked = wire.flag(request, "include_revoked")
        wire.flag(request, "include_session_keys")  # there are none to include
        keys, now = self._keys_of(user_email), self.now
        if not keys.exists():
            raise NotFound
        if not include_revoked:
            keys = keys.filter(revoked_at=None)
        newest = [wire.rendered(key, now) for key in keys.order_by("-id")[:LISTED_MAX]]
        return Response({"results": newest, "total": keys.count()})

    @documented("Create a key", body=schemas.NewKey, answer=schemas.IssuedKey)
    def create(self, request: Request, user_email: str) -> Response:
        attributes = wire.new_key(json_object(request))
        attributes |= {"subject": user_email, "prefix": "sk"}
        with errors.by_their_names():
            issued = issue_key(self.actor, attributes, unique_name=True)
        return self._revealed(issued.key, issued.secret)

    @documented("Change a key", body=schemas.KeyRevision, answer=schemas.Key)
    def partial_update(self, request: Request, user_email: str, key_name: str) -> Response:
        key = self._open(user_email, key_name)
        given = wire.revision(json_object(request))
        if "status" not in given:
            changed = self._revised(key, given)
        elif len(given) == 1:
            changed = self._standing(key, given["status"])
        else:
            raise Refused(errors.STATUS_ALONE)
        return Response(wire.rendered(changed, self.now))

    @documented("Give a key a new secret; the old one stops working", answer=schemas.IssuedKey)
    def rotate(self, request: Request, user_email: str, key_name: str) -> Response:
        if not key_name.endswith(_ROTATE):
            raise MethodNotAllowed("POST")
        only(json_object(request))
        key = self._open(user_email, key_name.removesuffix(_ROTATE))
        if key.status(self.now) is Status.EXPIRED:
            raise Refused(errors.TERMINAL)
        rotated = rotate_secret(self.actor, key.public_id, grace_seconds=0)
        return self._revealed(rotated.key, rotated.secret)

    @documented("Revoke a key", answer=schemas.Done, query=schemas.QUERY["destroy"])
    def destroy(self, request: Request, user_email: str, key_name: str) -> Response:
        only(json_object(request))
        force = wire.flag(request, "force")
        key = self._open(user_email, key_name)
        applications = key.details.approved_integrations if hasattr(key, "details") else []
        if applications and key.revoked_at is None and not force:
            raise Refused(errors.in_use(applications))
        revoke_key(self.actor, key.public_id)
        return Response({"message": "The key is revoked.", "success": True})

    def _keys_of(self, user_email: str) -> Any:
        keys = ApiKey.objects.of_tenant(self.actor.tenant_id).whole().existing()
        return keys.filter(subject=normalize("NFC", user_email))

    def _open(self, user_email: str, key_name: str) -> ApiKey:
        """The key with this id or name, if it may be touched here."""
        name, now = normalize("NFC", key_name), self.now
        lives = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
        # The root key reaches every tenant, but a name means one in its own: anybody can give a key
        # of theirs the name that somebody else will ask for.
        at_home = Q(name=name, tenant__public_id=self.actor.home_tenant_id)
        ranks = [
            Case(When(it, then=Value(0)), default=Value(1)) for it in (Q(public_id=name), lives)
        ]
        named = self._keys_of(user_email).filter(Q(public_id=name) | at_home)
        key: ApiKey | None = named.order_by(*ranks, "-id").first()
        if key is None:
            raise NotFound
        if key.name == PROTECTED_NAME:
            raise Refused(errors.PROTECTED)
        return key

    def _revised(self, key: ApiKey, given: Mapping[str, Any]) -> ApiKey:
        if "expires_at" in given and key.status(self.now) is Status.EXPIRED:
            raise Refused(errors.TERMINAL)
        if given.get("name") == PROTECTED_NAME:
            raise Refused(errors.PROTECTED)  # or nobody could revoke it here any more
        # Scopes that were not shown are kept, so they must not have changed in the meantime.
        version = key.version if "scopes" in given else None
        with errors.by_their_names():
            return revise_key(
                self.actor,
                key.public_id,
                wire.changes(given, key),
                unique_name=True,
                expected_version=version,
            ).key

    def _standing(self, key: ApiKey, wanted: str) -> ApiKey:
        now = self.now
        status = key.status(now)
        match wanted:
            case "active":
                return self._activated(key, status)
            case "revoked":
                self.actor.require("api_keys:revoke")
                return revoke_key(self.actor, key.public_id)
            case _ if status is Status.EXPIRED:
                return key  # a later end would be told as its true one
            case _:
                return revise_key(self.actor, key.public_id, expires_at=now, now=now).key

    def _activated(self, key: ApiKey, status: Status) -> ApiKey:
        if status in (Status.REVOKED, Status.EXPIRED):
            raise Refused(errors.TERMINAL)
        if status is Status.DISABLED:
            self.actor.require("api_keys:revoke")
            return enable_key(self.actor, key.public_id)
        if status not in (Status.ACTIVE, Status.ROTATING, Status.DEPRECATED):
            raise Refused(errors.HELD)
        return key

    def _revealed(self, key: ApiKey, secret: Secret | None) -> Response:
        return Response(disclosing(wire.rendered(key, self.now), {"key": secret}))
