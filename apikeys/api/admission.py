"""Letting a request of a host project in by its key, or saying why not."""

from __future__ import annotations

import time
from typing import Unpack

from django.http import HttpRequest

from apikeys import metrics
from apikeys.api.outcomes import refusal_for
from apikeys.api.presenting import Demands, credential_of, presentation_of
from apikeys.api.refusals import AUTHENTICATION_FAILED, NOT_AUTHENTICATED, Refusal, refusal_of
from apikeys.domain.errors import AmbiguousCredential
from apikeys.domain.terms import Terms
from apikeys.operations import verify


def admit(request: HttpRequest, **demands: Unpack[Demands]) -> Terms | Refusal:
    """The terms of the key that the request carries, if it may pass; otherwise the refusal.

    `NOT_AUTHENTICATED` itself is the answer to a request without a credential.
    """
    try:
        secret = credential_of(request)
    except AmbiguousCredential as error:
        return refusal_of(error)
    if secret is None:
        return NOT_AUTHENTICATED
    started = time.perf_counter()
    verdict = verify(presentation_of(request, secret, **demands))
    metrics.verified(verdict.outcome, time.perf_counter() - started, "python")
    refusal = refusal_for(verdict, scopes=demands.get("scopes", ()))
    return refusal or verdict.terms or AUTHENTICATION_FAILED
