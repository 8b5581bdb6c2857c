"""The token, introspection and revocation endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apikeys.api import problems
from apikeys.api.authentication import ManagementAuthentication, Principal
from apikeys.api.negotiation import FirstRenderer, PlainJSONRenderer
from apikeys.api.presenting import caller_address, certificate_thumbprint
from apikeys.api.requests import request_id_of
from apikeys.api.strict_json import StrictJSONParser
from apikeys.domain.actors import Actor
from apikeys.domain.secret import Undisclosed
from clients.conf import settings
from clients.domain.errors import BadToken
from clients.models import ServiceClient
from clients.oauth import errors
from clients.oauth.asking import audience_of, scopes_of
from clients.oauth.errors import NO_STORE, OAuthError, invalid_client, invalid_request
from clients.oauth.forms import FormParser
from clients.oauth.proofs import proof_of, proven_client
from clients.oauth.telling import described, granted
from clients.operations.bearers import Bearer, bearer_of
from clients.operations.tokens import InvalidScope, issue_token, revoke_token

GRANT_TYPE = "client_credentials"


class OAuthView(APIView):
    """A POST of a form, answered in JSON that nobody keeps."""

    schema = None  # described by `/.well-known/oauth-authorization-server`
    authentication_classes: Any = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes: Any = (FormParser,)
    renderer_classes = (PlainJSONRenderer,)
    content_negotiation_class = FirstRenderer
    metadata_class = None
    http_method_names = ["post"]
    refused = staticmethod(errors.refused)

    def get_exception_handler(self) -> Callable[..., Any]:
        return problems.exception_handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in NO_STORE.items():
            answer.headers[name] = value
        return answer


class TokenView(OAuthView):
    """`POST /oauth/token`: a token for a client that proves itself (RFC 6749, 4.4)."""

    def post(self, request: Request) -> Response:
        form = Undisclosed(request.data)
        if "grant_type" not in form:
            raise invalid_request("grant_type is missing.")
        if form["grant_type"] != GRANT_TYPE:
            raise OAuthError("unsupported_grant_type", f"The grant here is {GRANT_TYPE}.")
        return Response(token_for(request._request, form))


class PlainTokenView(TokenView):
    """`POST /api/authentication/oauth/tokens`: the same in JSON, as Authress' clients ask."""

    parser_classes = (StrictJSONParser, FormParser)
    refused = staticmethod(errors.refused_to_authress)

    def post(self, request: Request) -> Response:
        form = Undisclosed(request.data)
        for name, value in form.items():
            if value is not None and not isinstance(value, str):
                raise invalid_request(f"{name} must be a text.")
        given = Undisclosed({name: value for name, value in form.items() if value})
        if given.setdefault("grant_type", GRANT_TYPE) != GRANT_TYPE:
            raise OAuthError("unsupported_grant_type", f"The grant here is {GRANT_TYPE}.")
        return Response(token_for(request._request, given))


def token_for(request: HttpRequest, form: Mapping[str, str]) -> dict[str, Any]:
    """The answer of a token endpoint."""
    if not settings.ISSUERS:
        raise OAuthError("temporarily_unavailable", "This service names no issuer.", status=503)
    proof = proof_of(request, form)
    if proof is None:
        raise invalid_client()
    scopes, audience = scopes_of(form), audience_of(form)
    client = proven_client(request, proof)
    try:
        grant = issue_token(
            client, scopes, audience=audience, thumbprint=certificate_thumbprint(request)
        )
    except InvalidScope:
        raise OAuthError("invalid_scope", "The client does not hold all of these.") from None
    return granted(grant)


class AskingView(OAuthView):
    """A view for clients that prove themselves, or for management credentials.

    `scope` is what such a credential has to hold.
    """

    authentication_classes = (ManagementAuthentication,)
    scope = ""

    @property
    def scopes(self) -> Mapping[str | None, str]:
        return {None: self.scope}  # of a view without actions

    def asker(self, request: Request, form: Mapping[str, str]) -> ServiceClient | Actor:
        """Who asks. Raises `OAuthError`."""
        proof = proof_of(request._request, form)
        if proof is not None:
            return proven_client(request._request, proof)
        principal: Any = request.user
        if not isinstance(principal, Principal):
            raise NotAuthenticated
        return principal.actor

    def bearer(self, form: Mapping[str, str], asker: ServiceClient | Actor) -> Bearer | None:
        """The bearer of the token in the form, if the asker may know of it."""
        if "token" not in form:
            raise invalid_request("token is missing.")
        try:
            bearer = bearer_of(form["token"], thumbprint=None)
        except BadToken:
            return None
        tenant = asker.tenant.public_id if isinstance(asker, ServiceClient) else asker.tenant_id
        return bearer if tenant in (None, bearer.client.tenant.public_id) else None


class IntrospectionView(AskingView):
    """`POST /oauth/introspect` (RFC 7662). A token of another tenant is not active."""

    scope = "clients:read"

    def post(self, request: Request) -> Response:
        form = Undisclosed(request.data)
        bearer = self.bearer(form, self.asker(request, form))
        return Response({"active": False} if bearer is None else described(bearer))


class RevocationView(AskingView):
    """`POST /oauth/revoke` (RFC 7009): a client ends its own tokens, a manager its tenant's."""

    scope = "clients:write"

    def post(self, request: Request) -> Response:
        form = Undisclosed(request.data)
        asker = self.asker(request, form)
        bearer = self.bearer(form, asker)
        if bearer is None or (isinstance(asker, ServiceClient) and asker != bearer.client):
            return Response()  # nothing to revoke is not an error (section 2.2)
        if not bearer.issued_here:
            raise OAuthError(
                "unsupported_token_type",
                "The client signed this token itself. Delete its access key to end it.",
            )
        actor = asker if isinstance(asker, Actor) else _as_actor(asker, request._request)
        revoke_token(bearer.client, bearer.token.text_claim("jti"), bearer.expires, actor=actor)
        return Response()


def _as_actor(client: ServiceClient, request: HttpRequest) -> Actor:
    return Actor(
        kind="service_client",
        id=client.public_id,
        scopes=tuple(client.scopes or ()),
        tenant_id=client.tenant.public_id,
        home_tenant_id=client.tenant.public_id,
        ip=caller_address(request),
        request_id=request_id_of(request),
    )
