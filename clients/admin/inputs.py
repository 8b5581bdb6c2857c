"""The form fields of what only clients have: options, a rate limit."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apikeys.admin.inputs import NO_CHOICE, JsonField, input_for
from apikeys.admin.sections import label_of
from apikeys.domain.attribute import Attribute
from clients.domain.specs import DURATIONS, OPTIONS, QUOTAS

SPANS = {
    "PT0S": _("without a span: no limit (PT0S)"),
    "PT5M": _("in 5 minutes"),
    "PT1H": _("in an hour"),
    "P1D": _("in a day"),
    "P1M": _("in a month"),
}


class FlagsField(forms.MultipleChoiceField):
    """A few flags, each a box: `{"flag": true}`."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(choices=[(name, label_of(name)) for name in names], **kwargs)
        self.names = names

    def prepare_value(self, value: Any) -> Any:
        return (
            [name for name, is_on in value.items() if is_on] if isinstance(value, dict) else value
        )

    def clean(self, value: Any) -> dict[str, bool]:
        chosen = super().clean(value)
        return {name: name in chosen for name in self.names}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class Draft(NamedTuple):
    """A limit as it stands in its two inputs."""

    quota: str
    duration: str


class RateLimitWidget(forms.MultiWidget):
    """How many, and in which time."""

    def __init__(self) -> None:
        quotas = [NO_CHOICE, *((number, f"{number:,}") for number in QUOTAS)]
        durations = [("", _("no limit")), *((word, SPANS[word]) for word in DURATIONS)]
        within = {"aria-label": _("Time in which so many requests are taken")}
        super().__init__([forms.Select(choices=quotas), forms.Select(within, choices=durations)])

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0"

    def decompress(self, value: Any) -> Draft:
        return value if isinstance(value, Draft) else Draft("", "")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        quota, duration = super().value_from_datadict(data, files, name)
        return Draft(quota or "", duration or "")


class RateLimitField(forms.Field):
    """No limit, or one: `[{"duration": …, "quota": …}]`."""

    widget = RateLimitWidget

    def prepare_value(self, value: Any) -> Draft:
        match value:
            case Draft():
                return value
            case [limit, *_]:
                quota = limit.get("quota")
                return Draft("" if quota is None else str(quota), limit["duration"])
            case _:
                return Draft("", "")

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        if not value.duration and value.quota:
            raise ValidationError(_("Choose the time in which so many requests are taken."))
        quota = int(value.quota) if value.quota.isdecimal() else value.quota or None
        return [{"duration": value.duration, "quota": quota}] if value.duration else []

    def validate(self, value: Any) -> None:
        """The domain says what a limit may be."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


def client_input(attribute: Attribute, *, help_text: Any) -> forms.Field:
    """The form field in which a person types a value of this attribute of a client."""
    said: dict[str, Any] = {
        "label": label_of(attribute.name),
        "help_text": help_text,
        "required": attribute.required,
    }
    match attribute.name:
        case "options":
            return FlagsField(OPTIONS, **said)
        case "rate_limits":
            return RateLimitField(**said)
        case "tags":
            return JsonField(empty={}, **said)
        case _:
            return input_for(attribute, label=said["label"], help_text=said["help_text"])
