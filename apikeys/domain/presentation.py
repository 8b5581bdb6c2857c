"""What a caller presents for a decision: the secret, the facts of the request, the demands."""

from __future__ import annotations

from dataclasses import dataclass, field

from apikeys.domain.scopes import Resource
from apikeys.domain.secret import Secret
from apikeys.domain.signatures import SignedRequest


@dataclass(frozen=True, slots=True)
class Presentation:
    """One use of a key. A fact that is None was not given; rules that need it then refuse.

    `ip`, `origin`, `domain`, `scheme`, `client_certificate` (PEM) and `signed_request` describe
    the request on which the key arrived; `scopes`, `permissions`, `resource` and `environment`
    are what it must be good for. `client_secret_digests` are the presented client secret's, one per
    entry of the key ring. `cost` is taken from credits, day and month.
    `management`: the secret is used to manage this service; only management keys are good for
    that.
    """

    secret: Secret
    scopes: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    resource: Resource | None = None
    environment: str | None = None
    ip: str | None = None
    origin: str | None = None
    domain: str | None = None
    scheme: str | None = None
    client_secret_digests: tuple[bytes, ...] = field(default=(), repr=False)
    client_certificate: str | None = None
    signed_request: SignedRequest | None = None
    cost: int = 1
    endpoint: str | None = None
    lease_seconds: int | None = None
    management: bool = False
    explain: bool = False
    dry_run: bool = False
