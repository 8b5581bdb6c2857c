"""For the plain views of a host project: only requests with a good enough API key get in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse

from apikeys.api.admission import admit
from apikeys.api.problems import problem_of
from apikeys.api.refusals import Refusal, Refused
from apikeys.domain.scopes import Resource

View = Callable[..., Any]

__all__ = ["api_key_required"]


def api_key_required(
    *,
    scopes: Iterable[str] = (),
    permissions: Iterable[str] = (),
    environment: str | None = None,
    resource: Callable[..., Resource] | None = None,
) -> Callable[[View], View]:
    """Let in who presents a key that holds all of `scopes` and `permissions`.

    `resource` is called with the view's own arguments and names what they touch; a key with
    `resource_scopes` is refused without it, one with `allowed_environments` without `environment`.
    The view finds the key's `Terms` in `request.api_key`; everybody else is answered a problem
    document: 401, 403, 429 or 503. Takes synchronous and asynchronous views, and exempts them from
    the CSRF check: no browser sends a key by itself.
    """
    words, levels = tuple(scopes), tuple(permissions)

    def refused(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        found = admit(
            request,
            scopes=words,
            permissions=levels,
            environment=environment,
            resource=resource(request, *args, **kwargs) if resource else None,
        )
        if isinstance(found, Refusal):
            return problem_of(Refused(found), request=request)
        request.api_key = found  # type: ignore[attr-defined]  # as documented
        return None

    return functools.partial(_protected, refused=refused)


def _protected(view: View, *, refused: Callable[..., HttpResponse | None]) -> View:
    @functools.wraps(view)
    def in_turn(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refusal = refused(request, *args, **kwargs)
        return view(request, *args, **kwargs) if refusal is None else refusal

    @functools.wraps(view)
    async def asynchronously(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refusal = await sync_to_async(refused)(request, *args, **kwargs)
        return await view(request, *args, **kwargs) if refusal is None else refusal

    protected: Any = asynchronously if iscoroutinefunction(view) else in_turn
    protected.csrf_exempt = True
    return protected  # type: ignore[no-any-return]  # one of the two
