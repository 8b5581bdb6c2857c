"""Who sent a request: one select, one update."""

from __future__ import annotations

import hashlib

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from benchmarks.peers.plain_drf.models import Key


class KeyAuthentication(BaseAuthentication):
    """A key in `Authorization: Bearer`."""

    def authenticate(self, request: Request) -> tuple[Key, None]:
        _, _, secret = get_authorization_header(request).partition(b" ")
        key = Key._default_manager.filter(digest=hashlib.sha256(secret).hexdigest()).first()
        now = timezone.now()
        if key is None or key.revoked or (key.expires_at and key.expires_at <= now):
            raise AuthenticationFailed
        Key._default_manager.filter(pk=key.pk).update(last_used_at=now)
        return key, None
