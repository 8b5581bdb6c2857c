"""Which client calls, and how it proves it: one of three methods, never two at once."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest

from apikeys.api.presenting import caller_address
from apikeys.domain.secret import Secret
from clients.api.rates import require_rate
from clients.conf import settings
from clients.domain.errors import BadToken
from clients.domain.tokens import read_token
from clients.models import ServiceClient
from clients.oauth.errors import OAuthError, invalid_client, invalid_request
from clients.oauth.forms import decoded
from clients.oauth.throttling import count_failure, require_patience
from clients.operations.proving import client_by_assertion, client_by_secret

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")


@dataclass(frozen=True, slots=True)
class Proof:
    """What came: the client it names, and a secret or an assertion. `scheme`: of the header."""

    client_id: str
    secret: Secret | None = None
    assertion: Secret | None = None
    scheme: str | None = field(default=None)


def proof_of(request: HttpRequest, form: Mapping[str, str]) -> Proof | None:
    """The one proof in a request; None when it has none. Raises `OAuthError`."""
    proofs = [
        proof for proof in (_basic(request), _post(form), _assertion(form)) if proof is not None
    ]
    if len(proofs) > 1:
        raise invalid_request("Prove the client in one way only.")
    if not proofs:
        return None
    if form.get("client_id", proofs[0].client_id) != proofs[0].client_id:
        raise invalid_request("client_id is not the client of the credentials.")
    return proofs[0]


def proven_client(request: HttpRequest, proof: Proof) -> ServiceClient:
    """The client, proved. Raises `OAuthError`; failures are counted, and too many are 429.

    The request is one of the client's own, which its rate limit may refuse too.
    """
    address = caller_address(request)
    require_patience(proof.client_id, address)
    try:
        client = _client_of(request, proof)
    except BadToken:
        count_failure(proof.client_id, address)
        raise invalid_client(proof.scheme) from None
    require_rate(request, client)
    return client


def _client_of(request: HttpRequest, proof: Proof) -> ServiceClient:
    if proof.assertion is not None:
        return client_by_assertion(proof.assertion.reveal(), audiences=audiences(request))
    return client_by_secret(proof.client_id, proof.secret or Secret(""))


def audiences(request: HttpRequest) -> frozenset[str]:
    """What an assertion may be for: the service under any of its names, or this address of it."""
    names = settings.ISSUERS
    return frozenset(names) | {f"{origin}{request.path}" for origin in names}


def _basic(request: HttpRequest) -> Proof | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise invalid_client("Basic") from None
    name, colon, secret = pair.partition(b":")
    if not colon:
        raise invalid_client("Basic")
    try:
        return Proof(decoded(name), Secret(decoded(secret)), scheme="Basic")
    except OAuthError:
        raise invalid_client("Basic") from None


def _post(form: Mapping[str, str]) -> Proof | None:
    if "client_secret" not in form:
        return None
    if "client_id" not in form:
        raise invalid_request("client_id is missing.")
    return Proof(form["client_id"], Secret(form["client_secret"]))


def _assertion(form: Mapping[str, str]) -> Proof | None:
    if "client_assertion" not in form and "client_assertion_type" not in form:
        return None
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise invalid_request(f"client_assertion_type must be {ASSERTION_TYPE}.")
    text = form.get("client_assertion", "")
    try:
        claimed = read_token(text).text_claim("sub")
    except BadToken:
        raise invalid_client() from None
    return Proof(claimed, assertion=Secret(text))
