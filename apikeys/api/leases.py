"""`/api/v1/leases`: slots of concurrent requests, given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api.fields import only
from apikeys.api.openapi import documented
from apikeys.api.strict_json import json_object
from apikeys.api.views import ManagementViewSet
from apikeys.operations import release_lease
from apikeys.operations.idempotency import Answer


class LeaseViewSet(ManagementViewSet):
    """A lease is taken by a verify, and ends by itself unless it is released."""

    scopes: ClassVar[Mapping[str, str]] = {"release": "api_keys:verify"}

    @documented("Release a lease before its time", status=204, once=True)
    def release(self, request: Request, lease_id: str) -> Response:
        only(json_object(request))

        def work() -> Answer:
            release_lease(self.actor, lease_id)
            return Answer(204, {}, {})

        return self.once(request, work)
