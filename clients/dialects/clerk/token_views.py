"""Clerk's operations on tokens between machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api.guarded import disclosing
from apikeys.api.refusals import Refused
from apikeys.api.strict_json import json_object
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import NotFound
from apikeys.operations.reasons import REASON
from clients.dialects.clerk import errors, paging, schemas, token_wire, wire
from clients.dialects.clerk.authentication import judge_machine
from clients.dialects.clerk.views import ClerkViewSet, documented
from clients.models import M2MToken, ServiceClient
from clients.operations import (
    check_m2m_token,
    issue_m2m_jwt,
    issue_m2m_token,
    revoke_m2m_token,
)


class M2MTokenViewSet(ClerkViewSet):
    """Make, list, revoke and verify tokens, with a machine's secret key or a management key.

    A machine makes, lists and revokes its own, and verifies those that are meant for it.
    """

    judges = (judge_machine,)
    queryset = M2MToken.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {
        "page": "clients:read",
        "verify": "clients:read",
        "create": "clients:write",
        "revoke": "clients:write",
    }

    def known_query_names(self) -> frozenset[str]:
        return frozenset(paging.TOKENS if self.action == "page" else ())

    @property
    def machine(self) -> ServiceClient | None:
        """The machine that asks; None where a management credential does."""
        auth: object = self.request.auth
        return auth if isinstance(auth, ServiceClient) else None

    @documented("List the tokens of a machine", answer=schemas.TokenPage, query=paging.TOKENS)
    def page(self, request: Request) -> Response:
        asked = clean_members(request.query_params.dict(), paging.TOKENS, ("subject",))
        client_id = wire.native_id(asked["subject"])
        client = self.get_queryset().filter(public_id=client_id).first()
        if client is None or self.machine not in (None, client):
            raise NotFound
        tokens = M2MToken.objects.whole().filter(client=client)
        return Response(paging.page_of_tokens(tokens, asked, self.now))

    @documented("Make a token", body=schemas.NewToken, answer=schemas.IssuedToken, status=201)
    def create(self, request: Request) -> Response:
        (wanted, asked), now = token_wire.new_token(json_object(request)), self.now
        if self.machine is None:
            raise Refused(errors.MACHINE_KEY_REQUIRED)
        issue = issue_m2m_jwt if wanted == token_wire.JWT else issue_m2m_token
        made = issue(self.actor, self.machine.public_id, **asked, now=now)
        body = disclosing(token_wire.token_shown(made.token, now), {"token": made.secret})
        return Response(body, status=201)

    @documented("Revoke a token", body=schemas.Revocation, answer=schemas.Token)
    def revoke(self, request: Request, m2m_token_id: str) -> Response:
        given = clean_members(json_object(request), {"revocation_reason": REASON})
        token_id, reason = token_wire.native_token_id(m2m_token_id), given.get("revocation_reason")
        token = revoke_m2m_token(self.actor, token_id, machine=self.machine, reason=reason)
        return Response(token_wire.token_shown(token, self.now))

    @documented("Verify a token", body=schemas.Verification, answer=schemas.Token)
    def verify(self, request: Request) -> Response:
        secret, now = token_wire.presented(json_object(request)), self.now
        token = check_m2m_token(
            secret, tenant_id=self.actor.tenant_id, machine=self.machine, now=now
        )
        return Response(token_wire.token_shown(token, now))
