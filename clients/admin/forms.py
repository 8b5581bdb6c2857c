"""The forms about clients and their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apikeys.admin.forms import AttributeForm, RefusableForm
from apikeys.admin.sections import help_of
from apikeys.domain.attribute import Attribute
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.kinds import BadValue
from apikeys.domain.scopes import EVERYTHING
from clients.admin.inputs import client_input
from clients.domain.public_keys import TEXT_LENGTH_MAX, read_public_key
from clients.domain.specs import CLIENT_ATTRIBUTES

_HELP = {
    "name": _("What people call it. It need not be the only one of this name."),
    "scopes": _("One per line. Management scopes must be ones that you hold yourself."),
    "enabled": _("A client that is not enabled gets no token, and none of its tokens is taken."),
    "options": _("Kept for Authress' clients, which read them."),
    "rate_limits": _(
        "At most one: so many requests with its tokens and at the token endpoints. Never, or no "
        "number, is no limit."
    ),
    "tags": _('A JSON object of texts: {"team": "billing"}.'),
}
_SECTIONS = (
    (None, ("tenant", "name", "enabled", "tags")),
    (_("What it may do"), ("scopes", "options", "rate_limits")),
)


class ClientForm(AttributeForm):
    """One input for each attribute of a client."""

    def input_of(self, attribute: Attribute) -> forms.Field:
        if attribute.name not in CLIENT_ATTRIBUTES:
            return super().input_of(attribute)
        return client_input(attribute, help_text=_HELP.get(attribute.name) or help_of(attribute))


class RequestKeyForm(RefusableForm):
    """Whether a pair is made here, or the client brings the public half of its own."""

    GENERATE, BRING = "generate", "bring"

    origin = forms.ChoiceField(
        label=_("Key pair"),
        choices=[
            (GENERATE, _("Make a key pair here, and show its private half once")),
            (BRING, _("The client has a key pair: take its public key")),
        ],
        initial=GENERATE,
        widget=forms.RadioSelect,
    )
    public_key = forms.CharField(
        label=_("Public key"),
        required=False,
        max_length=TEXT_LENGTH_MAX,
        help_text=_(
            "Only for a key pair of its own: PEM, or base64 of its DER form (SPKI). Ed25519, "
            "P-256, P-384, or RSA from 3072 bits. Never paste a private key."
        ),
        widget=forms.Textarea(
            attrs={"rows": 5, "cols": 66, "spellcheck": "false", "autocomplete": "off"}
        ),
    )

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Neither may a pasted key be dropped silently, nor one be made for who forgot to paste.

        The key is read here already, so that a private one pasted by mistake goes no further; nor
        is it written back into the form.
        """
        given = super().clean() or {}
        brings, pasted = given.get("origin") == self.BRING, given.get("public_key")
        if pasted:
            self._read(pasted)
        elif brings and "public_key" not in self.errors:
            self.add_error("public_key", _("Paste the public key of the client."))
        if pasted and "origin" in given and not brings:
            self.add_error("origin", _("Choose to take the public key, or remove it below."))
        return given

    @sensitive_variables()
    def _read(self, pasted: str) -> None:
        try:
            read_public_key(pasted)
        except BadValue as error:
            if error.code == "private_key":
                self.data = {**self.data, "public_key": ""}
            self.add_error("public_key", error.detail)

    def brought(self) -> str | None:
        """The public key, if there is one."""
        return self.cleaned_data["public_key"] or None


def attributes_of_form(holds: Callable[[str], bool], *, creates: bool) -> list[Attribute]:
    """What a person who `holds` these scopes can set."""
    places = [ATTRIBUTES["tenant"]] if creates and holds(EVERYTHING) else []
    return [*places, *CLIENT_ATTRIBUTES.values()]


def fieldsets(names: Iterable[str]) -> list[tuple[Any, dict[str, Any]]]:
    """Django's fieldsets for a form with these fields; what has no place of its own comes last."""
    placed = {name for _title, section in _SECTIONS for name in section}
    rest = (_("More"), tuple(name for name in names if name not in placed))
    laid_out = [
        (title, {"fields": [name for name in section if name in set(names)]})
        for title, section in (*_SECTIONS, rest)
    ]
    return [(title, options) for title, options in laid_out if options["fields"]]
