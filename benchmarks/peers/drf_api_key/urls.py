"""One view, behind the permission that the settings name."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Door(APIView):
    """Open to whoever has a key."""

    def get(self, _: Request) -> Response:
        return Response({"ok": True})


urlpatterns = [path("", Door.as_view())]
