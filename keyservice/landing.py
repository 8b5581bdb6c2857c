"""The page at `/`: what this is and where to go."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Links to the admin and to the documentation of the API; the same for everyone."""
    return render(request, "landing.html")
