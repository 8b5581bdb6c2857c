"""One view for each way in."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from rest_framework.response import Response
from rest_framework.views import APIView

from apikeys.decorators import api_key_required
from apikeys.drf import APIKeyAuthentication, APIKeyThrottle, HasScope


class Words(APIView):
    authentication_classes = [APIKeyAuthentication]
    permission_classes = [HasScope("words:read")]
    throttle_classes = [APIKeyThrottle]

    def get(self, request: Any) -> Response:
        return Response({"subject": str(request.user), "key": request.auth.key_id})


@api_key_required(scopes=["orders:write"])
def orders(request: Any) -> JsonResponse:
    return JsonResponse({"subject": request.api_key.subject})


def who(request: Any) -> JsonResponse:
    return JsonResponse({"key": request.api_key and request.api_key.key_id})
