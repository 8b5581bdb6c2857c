"""The six operations, once for both models: parse, one operation, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request

from apikeys.api.fields import only
from apikeys.api.guarded import GuardedViewSet
from apikeys.api.strict_json import json_object
from apikeys.conf import settings
from apikeys.dialects.playbook import errors, paging
from apikeys.dialects.playbook.authentication import PlaybookAuthentication
from apikeys.dialects.playbook.model import Model, names_of, snake
from apikeys.dialects.playbook.numbers import KeyId
from apikeys.dialects.playbook.owners import find, issuer, reached, subject_of
from apikeys.dialects.playbook.reading import (
    Nested,
    changes,
    is_stale,
    members,
    taken,
)
from apikeys.dialects.playbook.statuses import having
from apikeys.dialects.playbook.wire import facts, rendered
from apikeys.domain.errors import InvalidInput, VersionMismatch
from apikeys.domain.kinds import BadValue, Kind
from apikeys.models import ApiKey
from apikeys.operations import (
    Issued,
    Revised,
    Rotated,
    delete_key,
    issue_key,
    revise_key,
    rotate_secret,
)

Named = Mapping[str, Any]

_TRIES = 3
_WRAPPED: Mapping[str, Kind] = {"apiKey": Nested()}


class PlaybookViewSet(GuardedViewSet):
    """A face of the keys: `model` is how a key is shown, `owners` whom requests may name."""

    authentication_classes = (PlaybookAuthentication,)
    refused = staticmethod(errors.refused)
    scopes: ClassVar[Mapping[str, str]] = {
        "page": "api_keys:read",
        "retrieve": "api_keys:read",
        "create": "api_keys:write",
        "update": "api_keys:write",
        "rotate": "api_keys:write",
        "destroy": "api_keys:write",
    }
    model: Model = ()
    owners: ClassVar[Mapping[str, Kind]] = {}
    filters: ClassVar[Mapping[str, Kind]] = {}

    def known_query_names(self) -> frozenset[str]:
        """Both spellings of what the action takes."""
        names = self.query_kinds()
        return frozenset([*names, *map(snake, names)])

    def query_kinds(self) -> Mapping[str, Kind]:
        match getattr(self, "action", None):
            case "page":
                return {**self.owners, **self.filters}
            case "retrieve" | "destroy":
                return self.owners
            case _:
                return {}

    def shown(self, key: ApiKey) -> dict[str, Any]:
        return rendered(self.model, facts(key, self.now))

    def asked(self, request: Request) -> Named:
        """The query, clean."""
        return members(request.query_params.dict(), self.query_kinds())

    def wrapped(self, request: Request) -> tuple[Named, dict[str, Any]]:
        """Whom the body names, and the members of the key in it."""
        body = members(json_object(request), {**self.owners, **_WRAPPED}, ("apiKey",))
        return body, taken(body["apiKey"], names_of(self.model))

    def issue(self, named: Named, values: dict[str, Any]) -> Issued:
        maker, subject = issuer(self.actor, named), subject_of(named)
        with errors.by_their_names():
            return issue_key(maker, values | ({"subject": subject} if subject else {}))

    def found(self, request: Request, key_id: str) -> dict[str, Any]:
        return {"apiKey": self.shown(find(self.actor, self.asked(request), key_id))}

    def listed(self, request: Request) -> dict[str, Any]:
        asked = self.asked(request)
        keys = reached(self.actor, asked)
        if subject := subject_of(asked):
            keys = keys.filter(subject=subject)
        if "search" in asked:
            keys = keys.matching(asked["search"])
        if "status" in asked:
            keys = keys.filter(having(asked["status"], self.now))
        return paging.page(keys, asked, self.shown)

    def revise(self, request: Request) -> Revised:
        """What is sent back unchanged is left alone, as the key is at the moment of the change."""
        named, sent = self.wrapped(request)
        key_id = _key_id(sent)
        for _ in range(_TRIES):
            key = find(self.actor, named, key_id)
            changed = changes(sent, self.model, key, self.now)
            if "hold" in changed and is_stale(sent, key):
                raise VersionMismatch  # it would undo a hold that its sender has not seen
            try:
                with errors.by_their_names():
                    return revise_key(
                        self.actor, key.public_id, changed, expected_version=key.version
                    )
            except VersionMismatch:
                continue
        raise VersionMismatch

    def renew(self, request: Request) -> tuple[Rotated, Named]:
        kinds = {**self.owners, "keyId": KeyId()}
        named = members(json_object(request), kinds, ("keyId",))
        key = find(self.actor, named, named["keyId"])
        grace = settings.PLAYBOOK_GRACE_SECONDS
        return rotate_secret(self.actor, key.public_id, grace_seconds=grace), named

    def remove(self, request: Request, key_id: str) -> dict[str, Any]:
        only(json_object(request))
        delete_key(self.actor, find(self.actor, self.asked(request), key_id).public_id)
        return {"success": True}


def _key_id(sent: Named) -> str:
    if "id" not in sent:
        raise InvalidInput.at("/id", "required", "Give the id of the key.")
    try:
        return str(KeyId().clean(sent["id"]))
    except BadValue as error:
        raise InvalidInput.at("/id", error.code, error.detail) from error
