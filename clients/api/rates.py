"""The rate limit of a client at every door where it proves itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from apikeys.api.outcomes import refusal_for
from apikeys.api.refusals import Refused
from apikeys.domain.verdict import Outcome
from clients.models import ServiceClient
from clients.operations import count_use

_COUNTED = "_clients_counted"
_SENTENCES = {
    Outcome.RATE_LIMITED: "Too many requests of this client. Slow down.",
    Outcome.UNDETERMINED: "The client's limit cannot be checked at the moment. Try again shortly.",
}


def require_rate(request: HttpRequest, client: ServiceClient) -> None:
    """Count the request, once however often the client proves itself in it.

    Raises `Refused`: 429, or 503 where the limiter is down.
    """
    counted: Any = request.__dict__.setdefault(_COUNTED, set())
    if client.pk in counted:
        return
    counted.add(client.pk)
    verdict = count_use(client)
    refusal = refusal_for(verdict)
    if refusal is not None:
        raise Refused(replace(refusal, detail=_SENTENCES.get(verdict.outcome, refusal.detail)))
