"""Clients and access keys as people read them. Never a digest, a seal or a secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apikeys.admin.sections import label_of
from apikeys.admin.showing import NOTHING, Row, moment, pretty, status_badge
from clients.admin.facets import warned_before
from clients.admin.inputs import SPANS
from clients.domain.ages import is_old, is_unused
from clients.domain.public_keys import pem_of
from clients.domain.specs import CLIENT_ATTRIBUTES
from clients.models import AccessKey, ServiceClient, SigningKey


def warnings_of(keys: list[AccessKey]) -> dict[str, int]:
    """How many of these active keys are `old`, and how many `unused`; nothing for none."""
    before = warned_before()
    counts = {
        "old": sum(is_old(key.created_at, before) for key in keys),
        "unused": sum(is_unused(key.created_at, key.last_used_at, before) for key in keys),
    }
    return {word: count for word, count in counts.items() if count}


def badges(words: Iterable[str]) -> SafeString:
    """The states in words, one after the other."""
    return format_html_join(" ", "{}", ((status_badge(word),) for word in words))


def counted(word: str, keys: list[AccessKey]) -> SafeString | str:
    """How many of these keys deserve this warning, if any: `2 unused`."""
    count = warnings_of(keys).get(word)
    return status_badge(word, f"{count} {_(word)}") if count else ""


def age_of(since: datetime, now: datetime) -> str:
    """How old, in days."""
    days = max((now - since).days, 0)
    return ngettext("%d day", "%d days", days) % days if days else _("today")


def enabled_badge(client: ServiceClient) -> SafeString:
    return status_badge("enabled" if client.enabled else "disabled")


def words(texts: list[str]) -> SafeString | str:
    """Each word in a frame of its own."""
    framed = format_html_join("", '<span class="apikeys-word">{}</span> ', ((it,) for it in texts))
    return framed or NOTHING


def rows_of(client: ServiceClient) -> Iterator[Row]:
    """Everything about a client but its keys."""
    yield Row(_("Tenant"), f"{client.tenant} ({client.tenant.public_id})")
    for name in CLIENT_ATTRIBUTES:
        if name not in ("name", "enabled"):
            yield Row(label_of(name), _cell(name, getattr(client, name)))
    yield Row(_("Created by"), client.created_by)
    yield Row(_("Created at"), moment(client.created_at))
    yield Row(_("Updated at"), moment(client.updated_at))


def key_rows_of(key: AccessKey) -> Iterator[Row]:
    """Everything about an access key that may be seen."""
    yield Row(_("Client"), str(key.client))
    yield Row(_("Tenant"), f"{key.tenant} ({key.tenant.public_id})")
    yield Row(_("Algorithm"), key.algorithm)
    yield Row(_("Fingerprint (SHA-256)"), format_html("<code>{}</code>", key.fingerprint))
    yield Row(_("Public key"), _pem(key.public_key))
    yield Row(_("Client secret"), _("yes") if key.secret_digest else _("none"))
    yield Row(
        _("Made"), _("%(at)s by %(who)s") % {"at": moment(key.created_at), "who": key.created_by}
    )
    yield Row(_("Last used"), moment(key.last_used_at))
    if key.revoked_at is not None:
        yield Row(_("Deleted"), moment(key.revoked_at))


def signing_rows_of(key: SigningKey) -> Iterator[Row]:
    """Everything about a signing key that is published, and when."""
    yield Row(_("Role"), status_badge(key.role))
    yield Row(_("Algorithm"), key.algorithm)
    yield Row(_("Fingerprint (SHA-256)"), format_html("<code>{}</code>", key.key.fingerprint))
    yield Row(_("Public key"), _pem(key.public_key))
    yield Row(_("Made"), moment(key.created_at))
    yield Row(_("Signs since"), moment(key.signs_since))
    yield Row(_("Published until"), moment(key.published_until))


def _pem(spki: str) -> SafeString:
    return format_html('<pre class="apikeys-json">{}</pre>', pem_of(spki))


def _cell(name: str, value: Any) -> str:
    match name, value:
        case "scopes", _:
            return words(value)
        case "options", _:
            return words([label_of(option) for option, is_on in (value or {}).items() if is_on])
        case "rate_limits", [limit, *_]:
            quota = limit.get("quota")
            return f"{NOTHING if quota is None else f'{quota:,}'} {SPANS[limit['duration']]}"
        case "tags", dict() if value:
            return pretty(value)
        case _:
            return NOTHING if value in (None, [], {}) else str(value)
