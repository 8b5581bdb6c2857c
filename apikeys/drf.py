"""For the DRF views of a host project: authentication, permissions and a throttle by API key.

class Words(APIView):
    authentication_classes = [APIKeyAuthentication]
    permission_classes = [HasScope("words:read")]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """At most so many requests of one key within a time, as DRF counts them; of others any number.

    The key's own limits are `APIKeyAuthentication`'s business: this is a further one, of a view or
    a project. The rate is `REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["api_key"]`, or the `rate` or
    `scope` of a subclass; without any, nothing is throttled. Approximate: DRF remembers requests in
    Django's default cache, without a lock, and with a cache per process each counts for itself.
    """

    scope = "api_key"

    def get_rate(self) -> str | None:
        """None where this scope has no rate; one of one's own needs one, as everywhere in DRF."""
        rates: Mapping[str, str | None] = self.THROTTLE_RATES
        if self.scope == APIKeyThrottle.scope and self.scope not in rates:
            return None
        return super().get_rate()

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        held = request.auth
        if not isinstance(held, Terms):
            return None
        return self.cache_format % {"scope": self.scope, "ident": held.key_id}
