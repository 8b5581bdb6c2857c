"""`POST /api/v1/api_keys/verify`: what every service asks on every request it serves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from apikeys import metrics
from apikeys.api import quick, schemas, verdicts
from apikeys.api.asked import presentation_from
from apikeys.api.openapi import documented
from apikeys.api.problems import problem_of
from apikeys.api.ratelimits import limit_fields
from apikeys.api.strict_json import BULK_BODY_LIMIT_BYTES, json_object
from apikeys.api.views import ManagementViewSet
from apikeys.operations import verify


class VerifyViewSet(ManagementViewSet):
    """Always 200 when it could decide; 503 only for `undetermined`."""

    body_limit_bytes = BULK_BODY_LIMIT_BYTES
    scopes: ClassVar[Mapping[str, str]] = {"verify": quick.SCOPE}
    quickly = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Past the REST framework, where that makes no difference but in time."""
        answer = _quick_answer(request) if self.quickly else None
        return answer or super().dispatch(request, *args, **kwargs)

    @documented("Verify a secret", body=schemas.VerifyRequest, answer=schemas.Verdict, judged=True)
    def verify(self, request: Request) -> HttpResponse:
        started, now = time.perf_counter(), self.now
        presentation = presentation_from(json_object(request))
        verdict = verify(presentation, tenant_id=self.actor.tenant_id)
        metrics.verified(verdict.outcome, time.perf_counter() - started, "view")
        body = verdicts.body_of(verdict, now, explain=presentation.explain)
        return _answered(verdicts.status_code(verdict), body, limit_fields(verdict, now))


def _quick_answer(request: HttpRequest) -> HttpResponse | None:
    length = quick.announced_bytes(request.META)
    if length is None:
        return None
    try:
        body = quick.read_in_turn(lambda: request.body)
    except UnreadablePostError as error:
        return problem_of(error, request=request)
    if body is None or len(body) != length:
        return None
    scheme = request._get_scheme()  # type: ignore[attr-defined]  # untyped hook
    answer = quick.answer_to(request.META, body, scheme=scheme, server="view")
    if answer is None:
        return None
    return _answered(answer.status, answer.body, dict(answer.fields))


def _answered(status: int, body: bytes, fields: Mapping[str, str]) -> HttpResponse:
    answer = HttpResponse(body, status=status, headers={**verdicts.HEADERS, **fields})
    answer.is_verdict = True  # type: ignore[attr-defined]  # read by `RequestIdMiddleware`
    return answer
