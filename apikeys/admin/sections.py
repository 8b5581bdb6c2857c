"""How the attribute table is laid out for people: sections, labels, help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apikeys.domain import attributes
from apikeys.domain.attributes import ATTRIBUTES, Attribute, Written
from apikeys.domain.kinds import Instant, Items, Text

# What else may be given with the hash of a key that was made elsewhere.
_WITH_IMPORT = ("key_prefix", "key_hint")
_SPELLINGS = {
    "id": "ID",
    "ips": "IPs",
    "api": "API",
    "https": "HTTPS",
    "tls": "TLS",
    "url": "URL",
    "m2m": "M2M",
}
# Where the note of the attribute table speaks to programs, and a form to people.
_HELP = {
    "tenant": _("The id of a tenant; empty: the default tenant."),
    "created_by": _("Empty: you."),
    "hold": _("Stops the key until it is taken away again; “deprecated” only marks it."),
    "scopes": _("One per line. A management key takes only management scopes."),
    "permissions": _("Each includes the ones before it."),
    "resource_scopes": _(
        'JSON: [{"resource_type": "…", "resource_id": "…", "operations": ["…"]}]. Empty: no rule; '
        "[] allows nothing."
    ),
    "allowed_origins": _("One per line. Binds only calls that name an origin, as browsers do."),
    "allowed_signature_algorithms": _("One per line, by their names in RFC 9421."),
    "claims": _("Any JSON, at most 8 KiB."),
    "metadata": _("A JSON object."),
    "requires_client_secret": _("A client secret is made and shown once with the key's own."),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of attributes. `folded` ones open on a click."""

    title: Any
    attributes: tuple[Attribute, ...]
    description: Any = ""
    folded: bool = True


SECTIONS = (
    Section(_("Identity"), attributes.IDENTITY, folded=False),
    Section(
        _("Grants"),
        attributes.GRANTS,
        _("What the key may do. Scopes of a management key must be ones that you hold yourself."),
        folded=False,
    ),
    Section(_("Life"), attributes.LIFE, folded=False),
    Section(
        _("From where and how"),
        attributes.POLICY,
        _("Rules that every call must meet. A rule without entries lets nobody in."),
    ),
    Section(_("Limits and billing"), attributes.LIMITS, _("Empty means: no limit.")),
    Section(_("Usage"), attributes.USAGE),
    Section(_("Alerts"), attributes.ALERTS),
    Section(_("Governance and integration"), attributes.GOVERNANCE),
    Section(
        _("Secret and import"),
        attributes.CREATION_ONLY,
        _("With an import hash no secret is made: the key keeps the one it has elsewhere."),
    ),
)


def label_of(name: str) -> str:
    """`allowed_ips` as people read it: Allowed IPs."""
    words = " ".join(_SPELLINGS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]


def help_of(attribute: Attribute) -> str:
    """The note of the attribute table, and how its input is filled in."""
    if attribute.name in _HELP:
        return str(_HELP[attribute.name])
    # Of a rule, the note says what null means; the form has a choice for that.
    is_rule = isinstance(attribute.kind, Items) and attribute.nullable
    notes = [] if is_rule else [attribute.note]
    match attribute.kind:
        case Items(item=Text()):
            notes.append(gettext("one per line"))
        case Instant():
            notes.append(gettext("time zone: %s") % get_current_timezone_name())
    text = "; ".join(note for note in notes if note)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def issuable(holds: Callable[[str], bool]) -> list[Attribute]:
    """What a person who `holds` these scopes can set on a new key."""
    return [
        attribute
        for attribute in ATTRIBUTES.values()
        if (attribute.written is not Written.NEVER or attribute.name in _WITH_IMPORT)
        and (not attribute.holder or holds(attribute.holder))
    ]


def editable() -> list[Attribute]:
    """What can be changed on a standing key."""
    return [it for it in ATTRIBUTES.values() if it.written is Written.ALWAYS]


def fieldsets(names: Iterable[str]) -> list[tuple[Any, dict[str, Any]]]:
    """Django's fieldsets for a form with these fields, empty ones left out."""
    known = set(names)
    laid_out: list[tuple[Any, dict[str, Any]]] = []
    for section in SECTIONS:
        fields = [it.name for it in _with_import(section) if it.name in known]
        if fields:
            classes = ("collapse",) if section.folded else ()
            options = {"fields": fields, "classes": classes, "description": section.description}
            laid_out.append((section.title, options))
    return laid_out


def _with_import(section: Section) -> tuple[Attribute, ...]:
    # In a form the visible parts of a secret belong to the import; on a key they identify it.
    visible = tuple(ATTRIBUTES[name] for name in _WITH_IMPORT)
    if section.attributes is attributes.CREATION_ONLY:
        return section.attributes + visible
    return tuple(it for it in section.attributes if it not in visible)
