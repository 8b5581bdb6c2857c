"""Who calls the management API: a management key, judged like any key by the same decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apikeys.api.outcomes import refusal_for
from apikeys.api.presenting import JUDGED, credential_of, presentation_of
from apikeys.api.refusals import AUTHENTICATION_FAILED, CHALLENGE, Refused
from apikeys.api.requests import request_id_of
from apikeys.domain.actors import Actor
from apikeys.domain.secret import Secret
from apikeys.domain.terms import Terms
from apikeys.operations import verify


@dataclass(frozen=True, slots=True)
class Principal:
    """`request.user` of the management API: an authenticated caller and what it may do."""

    actor: Actor
    is_authenticated: bool = True


# A further kind of credential: the principal and its terms, None for one of another kind, or
# `Refused`. Given are the request, the credential, and the scopes that it must hold.
Judge = Callable[[Request, Secret, tuple[str, ...]], tuple[Principal, Any] | None]

# Of apps that stand on this one. They are asked before a credential is taken for a key, and those
# that a view has of its own, as `judges`, before them.
JUDGES: list[Judge] = []


class ManagementAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` or `X-API-Key: …`, good for the scope that the view requires."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The principal and the credential's terms; None when no credential came."""
        secret = self.credential(request._request)
        if secret is None:
            return None
        scope = required_scope(request)
        scopes = (scope,) if scope else ()
        for judge in (*_judges_of_view(request), *JUDGES):
            found = judge(request, secret, scopes)
            if found is not None:
                return found
        presentation = presentation_of(request._request, secret, scopes=scopes, management=True)
        verdict = request.META.pop(JUDGED, None) or verify(presentation)
        refusal = refusal_for(verdict, scopes=scopes)
        if refusal is not None or verdict.terms is None:
            raise Refused(refusal or AUTHENTICATION_FAILED)
        return Principal(_actor(verdict.terms, request, presentation.ip)), verdict.terms

    def credential(self, request: HttpRequest) -> Secret | None:
        """What the caller presents. For surfaces whose clients write the field differently."""
        return credential_of(request)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def required_scope(request: Request) -> str | None:
    """The scope that the view asks for on this request; None for a method it does not have."""
    view = (request.parser_context or {}).get("view")
    scopes = getattr(view, "scopes", {})
    scope: str | None = scopes.get(getattr(view, "action", None))
    return scope


def _judges_of_view(request: Request) -> Iterable[Judge]:
    view = (request.parser_context or {}).get("view")
    judges: Iterable[Judge] = getattr(view, "judges", ())
    return judges


def _actor(terms: Terms, request: Request, ip: str | None) -> Actor:
    return Actor(
        kind="management_key",
        id=terms.key_id,
        scopes=terms.scopes,
        tenant_id=None if terms.is_root else terms.tenant_id,
        home_tenant_id=terms.tenant_id,
        ip=ip,
        request_id=request_id_of(request),
    )
