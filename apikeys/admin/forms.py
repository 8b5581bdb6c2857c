"""Forms over an attribute table: what was changed goes to an operation, its refusals come back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apikeys.admin.inputs import input_for
from apikeys.admin.sections import help_of, label_of
from apikeys.conf import settings
from apikeys.domain.attributes import Attribute
from apikeys.domain.errors import FieldError, InvalidInput, KeyServiceError
from apikeys.domain.secret import Undisclosed


class RefusableForm(forms.Form):
    """A form that shows what an operation refused, each fault at its field."""

    # Django's default separator after labels reads badly above the inputs of a narrow screen.
    label_suffix = ""

    def absorb(self, error: KeyServiceError) -> None:
        """Show a refusal: bad fields at their places, everything else above the form."""
        if not isinstance(error, InvalidInput):
            self.add_error(None, error.detail)
            return
        for fault in error.errors:
            self._place(fault)

    def _place(self, fault: FieldError) -> None:
        name, *inside = fault.pointer.removeprefix("/").split("/")
        if name not in self.fields:
            self.add_error(None, f"{label_of(name)}: {fault.detail}" if name else fault.detail)
        elif inside and inside[0].isdigit():
            where = _("Entry %(number)d: %(fault)s")
            self.add_error(name, where % {"number": int(inside[0]) + 1, "fault": fault.detail})
        else:
            self.add_error(name, fault.detail)


class AttributeForm(RefusableForm):
    """One input for each attribute. `expected_version` is the version that a change builds on."""

    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, attributes: Iterable[Attribute], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for attribute in attributes:
            self.fields[attribute.name] = self.input_of(attribute)

    def input_of(self, attribute: Attribute) -> forms.Field:
        """The form field of one attribute."""
        return input_for(attribute, label=label_of(attribute.name), help_text=help_of(attribute))

    def given(self) -> dict[str, Any]:
        """The attributes that the person changed; all others stay as they are."""
        return Undisclosed(
            (name, self.cleaned_data[name])
            for name in self.changed_data
            if name != "expected_version" and not self._is_left_out(name)
        )

    def _is_left_out(self, name: str) -> bool:
        widget = self.fields[name].widget
        return bool(widget.value_omitted_from_data(self.data, self.files, name))


class ReasonForm(RefusableForm):
    """Why something is done, for the audit trail."""

    reason = forms.CharField(
        required=False,
        max_length=500,
        label=_("Reason"),
        help_text=_("Goes into the audit trail. At most 500 characters."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )


class RotationForm(ReasonForm):
    """A reason, and how long the secret so far goes on working."""

    grace_seconds = forms.IntegerField(
        required=False,
        label=_("Grace in seconds"),
        help_text=_("How long the old secret goes on working. 0 stops it at once."),
    )
    field_order = ("grace_seconds", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grace_seconds"].initial = settings.GRACE_SECONDS
