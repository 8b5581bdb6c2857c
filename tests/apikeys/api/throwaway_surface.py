"""A surface whose views fail in every way that Django knows."""

from __future__ import annotations

from typing import NoReturn

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.urls import path
from django.views.decorators.csrf import csrf_protect

from apikeys.api.problems import refused

__all__ = ["CANARY", "app_name", "refused", "urlpatterns"]

CANARY = "ks_live_canary"


def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.get_host())


def page(request: HttpRequest, status: int) -> HttpResponse:
    return HttpResponse(f"<h1>{CANARY}</h1>", status=status)


def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotAllowed(["POST"])


def undecided(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"valid": False, "code": "undetermined"}, status=503)


@csrf_protect
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


def missing(request: HttpRequest) -> NoReturn:
    raise Http404(CANARY)


def forbidden(request: HttpRequest) -> NoReturn:
    raise PermissionDenied(CANARY)


def suspicious(request: HttpRequest) -> NoReturn:
    raise SuspiciousOperation(CANARY)


def broken(request: HttpRequest) -> NoReturn:
    raise ValueError(CANARY)


def no_database(request: HttpRequest) -> NoReturn:
    raise OperationalError(CANARY)


def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


VIEWS = (
    fine,
    only_post,
    undecided,
    form,
    missing,
    forbidden,
    suspicious,
    broken,
    no_database,
    read,
)

app_name = "throwaway"

urlpatterns = [
    *(path(view.__name__, view) for view in VIEWS),
    path("page/<int:status>", page),
]
