"""`/metrics`: what `apikeys.metrics` counts, for Prometheus."""

from __future__ import annotations

import ipaddress

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apikeys import metrics
from apikeys.api.outcomes import refusal_for
from apikeys.api.presenting import Meta, credential_of, presentation_of
from apikeys.api.problems import refused
from apikeys.api.refusals import FORBIDDEN, MISSING, NOT_AUTHENTICATED, Refusal, refusal_of
from apikeys.conf import settings
from apikeys.domain.errors import AmbiguousCredential
from apikeys.operations import verify
from apikeys.operations.watching import engine_state

SCOPE = "usage:read"

# Any of them means that the process on this machine asks for somebody else.
_FORWARDING = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
_FORWARDING_PREFIX = "HTTP_X_FORWARDED_"


@never_cache
@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """For a process on this machine, or a credential that may see the usage of all tenants."""
    refusal = None if _is_from_here(request.META) else _refusal(request)
    if refusal is not None:
        return refused(refusal, request)
    _look_at_engine()
    text = metrics.exposition()
    if text is None:
        return refused(MISSING, request)
    return HttpResponse(text, content_type=metrics.CONTENT_TYPE)


def _look_at_engine() -> None:
    try:
        state = engine_state()
    except (DatabaseError, InterfaceError):
        return  # `readyz` tells of it; what was counted is worth telling all the same
    metrics.engine(
        lag_seconds=state.lag_seconds,
        backlog=state.backlog,
        closing_units=state.closing_units,
        limiter_answers=state.limiter_answers,
    )


def _is_from_here(meta: Meta) -> bool:
    if settings.TRUSTED_PROXIES:
        return False  # whoever is on this machine may be a proxy that asks for the world
    if any(name in _FORWARDING or name.startswith(_FORWARDING_PREFIX) for name in meta):
        return False
    try:
        return ipaddress.ip_address(meta.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _refusal(request: HttpRequest) -> Refusal | None:
    try:
        secret = credential_of(request)
    except AmbiguousCredential as error:
        return refusal_of(error)
    if secret is None:
        return NOT_AUTHENTICATED
    verdict = verify(presentation_of(request, secret, scopes=(SCOPE,), management=True))
    reaches_all = verdict.terms is not None and verdict.terms.is_root
    return refusal_for(verdict, scopes=(SCOPE,)) or (None if reaches_all else FORBIDDEN)
