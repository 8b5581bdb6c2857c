"""For the DRF views of a host project: authentication, permissions and a throttle by API key.

class Words(APIView):
    authentication_classes = [APIKeyAuthentication]
    permission_classes = [HasScope("words:read")]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from apikeys.api.admission import admit
from apikeys.api.outcomes import insufficient_scope
from apikeys.api.presenting import Demands
from apikeys.api.refusals import CHALLENGE, NOT_AUTHENTICATED, Refusal, Refused
from apikeys.domain.scopes import covers_permission, missing_scopes
from apikeys.domain.terms import Terms
from apikeys.domain.verdict import Outcome
from apikeys.models import UsageLimits

__all__ = ["APIKeyAuthentication", "APIKeyThrottle", "HasPermission", "HasScope", "KeyUser"]


@dataclass(frozen=True, slots=True)
class KeyUser:
    """`request.user` of a request that came with a key: no row of the user table, hence no `pk`.

    `subject` is whom the key stands for, in the host's own words.
    """

    subject: str
    key_id: str
    tenant_id: str

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False

    def __str__(self) -> str:
        return self.subject


class APIKeyAuthentication(BaseAuthentication):
    """Lets a request in by the key in `Authorization: Bearer` or `X-API-Key`.

    `request.user` becomes a `KeyUser`, `request.auth` the key's `Terms`. Everything the key's own
    rules say is decided here, with the facts of the request: 401 for a key that is unknown or no
    longer valid, 403 for a rule, 429 for a limit, 503 when it could not be decided. Without a
    credential the next authentication class is asked.
    """

    def demands(self, request: Request) -> Demands:
        """What this request needs beyond a valid key: override to name environment or resource.

        A key with `allowed_environments` or `resource_scopes` is refused unless they are named.
        """
        return {}

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = admit(request._request, **self.demands(request))
        if found is NOT_AUTHENTICATED:
            return None
        if isinstance(found, Refusal):
            raise Refused(found)
        return KeyUser(found.subject, found.key_id, found.tenant_id), found

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def HasScope(*scopes: str) -> type[BasePermission]:  # noqa: N802 - a class to whoever uses it
    """The key holds all of these scopes: `HasScope("words:read") | HasScope("words:admin")`."""
    return _held("HasScope", scopes, lambda terms: not missing_scopes(terms.scopes, scopes))


def HasPermission(*permissions: str) -> type[BasePermission]:  # noqa: N802 - likewise
    """The key's permissions reach these: read < write < delete < admin."""
    return _held(
        "HasPermission",
        permissions,
        lambda terms: all(covers_permission(terms.permissions, word) for word in permissions),
    )


def _held(
    name: str, wanted: tuple[str, ...], covered: Callable[[Terms], bool]
) -> type[BasePermission]:
    """A permission class of its own: DRF composes classes with `&`, `|` and `~`, not instances."""
    if not wanted:
        raise TypeError(f"{name} takes at least one word")

    class Held(BasePermission):
        code = Outcome.INSUFFICIENT_SCOPE
        message = insufficient_scope(wanted).detail

        def has_permission(self, request: Request, view: APIView) -> bool:
            return isinstance(request.auth, Terms) and covered(request.auth)

    Held.__name__ = Held.__qualname__ = name
    return Held


class APIKeyThrottle(SimpleRateThrottle):
    """At most the key's own `requests_per_minute`, in any sliding minute; null is no limit.

    Approximate: DRF remembers requests in Django's default cache, without a lock. With a cache
    per process, each process counts for itself; requests at the same instant may all pass.
    """

    def __init__(self) -> None:
        """Nothing is known before the key is: DRF's own would look for a rate in the settings."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Terms):
            return True
        limit = _requests_per_minute(request.auth.key_id)
        if limit is None:
            return True
        self.rate = f"{limit}/minute"
        self.num_requests, self.duration = limit, 60
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        held = request.auth
        return f"apikeys:throttle:{held.key_id}" if isinstance(held, Terms) else None


def _requests_per_minute(key_id: str) -> int | None:
    found = UsageLimits.objects.filter(key__public_id=key_id)
    return found.values_list("requests_per_minute", flat=True).first()
