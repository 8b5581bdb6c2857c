"""`/api/v1/forward_auth`: a reverse proxy asks whether a request that came with a key may pass.

nginx (`auth_request`), Traefik (`forwardAuth`) and Caddy (`forward_auth`) send the header fields of
the original request here before they let it through. The key in them is judged by itself, as if
it had come here; no credential of the proxy is needed, and a body is not looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from apikeys import metrics
from apikeys.api.authentication import Principal
from apikeys.api.forwarded import forwarded_presentation
from apikeys.api.openapi import documented
from apikeys.api.outcomes import refusal_for
from apikeys.api.presenting import credential_of
from apikeys.api.query import VALUE_LENGTH_MAX, refuse_strange_query
from apikeys.api.refusals import AUTHENTICATION_FAILED, NOT_AUTHENTICATED, Refused
from apikeys.api.views import ManagementViewSet
from apikeys.domain.actors import Actor
from apikeys.domain.cleaning import clean_members
from apikeys.domain.kinds import BadValue, Kind, Text
from apikeys.domain.terms import Terms
from apikeys.operations import verify

# Proxies take header fields of 4 to 8 KiB in all. With more scopes, let them be demanded here.
SCOPES_LENGTH_MAX = 2048

# What RFC 6749 takes for a scope, since they stand in the challenge of a refusal.
_WORDS = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")
_PLAIN = "!#$&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Words:
    """Scopes that are demanded, separated by spaces."""

    label: str = "words"

    def clean(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, str) or not _WORDS.fullmatch(value):
            raise BadValue("not_scopes", "Give scopes, separated by single spaces.")
        return tuple(value.split(" "))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_WORDS.pattern}$", "maxLength": VALUE_LENGTH_MAX}


_QUERY: Mapping[str, Kind] = {"scope": Words(), "tenant": Text(VALUE_LENGTH_MAX)}


class ForwardAuthViewSet(ManagementViewSet):
    """204 for a request that may pass, with whom its key stands for; else the refusal."""

    query_names = tuple(_QUERY)

    def perform_authentication(self, request: Request) -> None:
        """Let in by the key of the original request, of whatever kind, good for the demands."""
        terms = _terms(request._request, **_demanded(request))
        actor = Actor("api_key", terms.key_id, terms.scopes, terms.tenant_id, terms.tenant_id)
        principal: Any = Principal(actor)
        request.user, request.auth = principal, terms

    def known_query_names(self) -> frozenset[str]:
        return frozenset(self.query_names)

    @documented("Let a request through a reverse proxy", status=204, query=_QUERY)
    def judge(self, request: Request) -> HttpResponse:
        terms = request.auth
        assert isinstance(terms, Terms)  # noqa: S101  (of the authentication above)
        return HttpResponse(status=204, headers=_told(terms))


def _terms(original: HttpRequest, scope: tuple[str, ...] = (), tenant: str | None = None) -> Terms:
    """Of the key, which has to hold the scopes, and to be one of the tenant's if one is named."""
    secret = credential_of(original)
    if secret is None:
        raise Refused(NOT_AUTHENTICATED)
    started = time.perf_counter()
    presentation = replace(forwarded_presentation(original, secret), scopes=scope)
    verdict = verify(presentation, tenant_id=tenant)
    metrics.verified(verdict.outcome, time.perf_counter() - started, "view")
    refusal = refusal_for(verdict, scopes=scope)
    if refusal is not None or verdict.terms is None:
        raise Refused(refusal or AUTHENTICATION_FAILED)
    return verdict.terms


def _demanded(request: Request) -> dict[str, Any]:
    refuse_strange_query(request, _QUERY)
    return clean_members(request.query_params.dict(), _QUERY)


def _told(terms: Terms) -> dict[str, str]:
    """Percent-encoded UTF-8, since subjects and scopes may be of any letters."""
    scopes = " ".join(_encoded(scope) for scope in terms.scopes)
    if len(scopes) > SCOPES_LENGTH_MAX:
        # Never left out: a proxy might pass on a field of that name that the client made up.
        scopes = scopes[: SCOPES_LENGTH_MAX + 1].rpartition(" ")[0]
    return {
        "X-Key-Id": terms.key_id,
        "X-Key-Subject": _encoded(terms.subject),
        "X-Key-Tenant": terms.tenant_id,
        "X-Key-Scopes": scopes,
    }


def _encoded(text: str) -> str:
    return quote(text, safe=_PLAIN)
