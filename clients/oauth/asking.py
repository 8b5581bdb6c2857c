"""What a client asks its token for."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from apikeys.domain.kinds import BadValue
from clients.domain.specs import SCOPE_TOKEN
from clients.oauth.errors import OAuthError

RESOURCE_LENGTH_MAX = 512


def scopes_of(form: Mapping[str, str]) -> tuple[str, ...] | None:
    """The scopes in `scope`, between single spaces; None when it asks for none in particular."""
    if "scope" not in form:
        return None
    try:
        return tuple(SCOPE_TOKEN.clean(word) for word in form["scope"].split(" "))
    except BadValue as error:
        raise OAuthError("invalid_scope", f"scope: {error.detail}") from None


def audience_of(form: Mapping[str, str]) -> str | None:
    """The `resource` (RFC 8707) that the token is for; None: the service itself."""
    resource = form.get("resource")
    if resource is None:
        return None
    try:
        parts = urlsplit(resource)
    except ValueError:
        parts = urlsplit("")
    whole = parts.scheme and parts.netloc and not parts.fragment
    if not whole or len(resource) > RESOURCE_LENGTH_MAX or not resource.isascii():
        raise OAuthError("invalid_target", "resource must be an absolute URI without a fragment.")
    return resource
