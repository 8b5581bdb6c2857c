"""For a host project: `request.api_key` on every request."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse

from apikeys.api.admission import admit
from apikeys.api.problems import problem_of
from apikeys.api.refusals import Refusal, Refused
from apikeys.domain.terms import Terms

__all__ = ["APIKeyMiddleware"]


class APIKeyMiddleware:
    """Sets `request.api_key`: the `Terms` of a key that is valid on this request, otherwise None.

    Found out when first asked for, so a request that nobody asks about costs nothing; in an
    asynchronous view use the decorator instead. Rejects nobody, unless a subclass sets
    `required = True`: then every request without a valid key is answered a problem document.
    """

    required = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        kind: Any = type(request)
        request.__class__ = _knowing_its_key(kind)
        if self.required:
            found: Terms | Refusal = request._admitted  # type: ignore[attr-defined]  # set above
            if isinstance(found, Refusal):
                return problem_of(Refused(found), request=request)
        return self._get_response(request)


@lru_cache(maxsize=8)
def _knowing_its_key(kind: Any) -> Any:
    """`kind` with the property `api_key`.

    Not a `SimpleLazyObject` in the instance: that is never None, so that a view which asks
    `request.api_key is not None` would let everybody in.
    """
    members = {"_admitted": cached_property(admit), "api_key": cached_property(_terms)}
    return type(kind.__name__, (kind,), members)


def _terms(request: HttpRequest) -> Terms | None:
    found: Terms | Refusal = request._admitted  # type: ignore[attr-defined]  # a member beside
    return None if isinstance(found, Refusal) else found
