"""`POST /api/v1/api_keys/verify`: what every service asks on every request it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import schemas
from apikeys.api.openapi import documented
from apikeys.api.strict_json import BULK_BODY_LIMIT_BYTES, json_object
from apikeys.api.views import ManagementViewSet
from apikeys.domain import asking
from apikeys.domain.cleaning import clean_members
from apikeys.domain.lifecycle import status_of
from apikeys.domain.presentation import Presentation
from apikeys.domain.terms import Terms
from apikeys.domain.verdict import Outcome, Verdict
from apikeys.operations import verify
from apikeys.operations.verify import client_secret_digests


class VerifyViewSet(ManagementViewSet):
    """Always 200 when it could decide; 503 only for `undetermined`."""

    body_limit_bytes = BULK_BODY_LIMIT_BYTES
    scopes: ClassVar[Mapping[str, str]] = {"verify": "api_keys:verify"}

    @documented("Verify a secret", body=schemas.VerifyRequest, answer=schemas.Verdict)
    def verify(self, request: Request) -> Response:
        now = self.now
        presentation = presentation_from(json_object(request))
        verdict = verify(presentation, tenant_id=self.actor.tenant_id)
        body = rendered(verdict, now)
        if presentation.explain:
            body["checks"] = [asdict(check) for check in verdict.checks]
        if verdict.outcome is Outcome.UNDETERMINED:
            return Response(body, status=503, headers={"Retry-After": str(verdict.retry_after)})
        return Response(body)


def presentation_from(body: Mapping[str, object]) -> Presentation:
    """The body of a verify as the decision takes it. Raises `InvalidInput`."""
    asked = clean_members(body, asking.MEMBERS, asking.REQUIRED)
    client_secret = asked.pop("client_secret", None)
    digests = client_secret_digests(client_secret) if client_secret else ()
    return Presentation(
        secret=asked.pop("secret"),
        client_secret_digests=digests,
        lease_seconds=asked.pop("lease", None),
        **asked,
    )


def rendered(verdict: Verdict, now: datetime) -> dict[str, Any]:
    """A verdict on the wire; the key only where the caller may know of it."""
    return {
        "valid": verdict.valid,
        "code": verdict.outcome,
        "key": None if verdict.terms is None else _key(verdict.terms, now),
        "limits": [asdict(limit) for limit in verdict.limits],
        "retry_after": verdict.retry_after,
        "lease": verdict.lease,
    }


def _key(terms: Terms, now: datetime) -> dict[str, Any]:
    resources = terms.resource_scopes
    otherwise = {
        "id": terms.key_id,
        "tenant": terms.tenant_id,
        "status": status_of(terms, now),
        "resource_scopes": None if resources is None else [it.as_json() for it in resources],
    }
    return {
        name: otherwise[name] if name in otherwise else getattr(terms, name)
        for name in schemas.VERIFIED
    }
