"""`/api/v1/reservations`: credits held for a call whose price is known only afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import schemas
from apikeys.api.fields import only
from apikeys.api.openapi import documented
from apikeys.api.strict_json import json_object
from apikeys.api.views import ManagementViewSet
from apikeys.models import Reservation
from apikeys.operations import release_reservation, reserve_credits, settle_reservation
from apikeys.operations.idempotency import Answer


class ReservationViewSet(ManagementViewSet):
    """Reserve credits of a key, then settle them at the true cost or give them back."""

    scopes: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("create", "settle", "release"), "api_keys:verify"
    )

    @documented(
        "Reserve credits of a key",
        body=schemas.NewReservation,
        answer=schemas.Reservation,
        status=201,
        once=True,
    )
    def create(self, request: Request, key_id: str) -> Response:
        body = json_object(request)
        return self.once(
            request,
            lambda: Answer(201, _shown(reserve_credits(self.actor, key_id, body), key_id), {}),
        )

    @documented(
        "Settle a reservation at its true cost",
        body=schemas.Settlement,
        answer=schemas.SettledReservation,
        once=True,
    )
    def settle(self, request: Request, reservation_id: str) -> Response:
        body = json_object(request)

        def work() -> Answer:
            settled = settle_reservation(self.actor, reservation_id, body)
            return Answer(200, asdict(settled), {})

        return self.once(request, work)

    @documented("Give reserved credits back", status=204, once=True)
    def release(self, request: Request, reservation_id: str) -> Response:
        only(json_object(request))

        def work() -> Answer:
            release_reservation(self.actor, reservation_id)
            return Answer(204, {}, {})

        return self.once(request, work)


def _shown(held: Reservation, key_id: str) -> dict[str, Any]:
    return {
        "id": held.public_id,
        "key_id": key_id,
        "credits": held.credits,
        "expires_at": held.expires_at,
    }
