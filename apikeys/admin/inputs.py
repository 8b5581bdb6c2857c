"""The form field of each kind of value, so that forms follow from the attribute table.

A field only turns typed text into the plain value that the operation takes; the rules of the
value are the domain's. Untouched text is never a change, whatever the stored value looks like.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple, NoReturn

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apikeys.domain.attributes import Attribute
from apikeys.domain.kinds import (
    Choice,
    Count,
    Flag,
    Fraction,
    Instant,
    Items,
    Number,
    Span,
    Text,
)
from apikeys.domain.structures import Json, Record

NO_CHOICE = ("", "—")


class Typed(str):
    """Text as it came from the browser, to be shown again as it is."""

    __slots__ = ()


class TextField(forms.CharField):
    """Text with the line ends of the domain. `empty_value` None where nothing is null."""

    def to_python(self, value: Any) -> str | None:
        return super().to_python((value or "").replace("\r\n", "\n"))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


class LinesField(forms.CharField):
    """A list of words, one a line; white space around them and empty lines do not count."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 48, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # not one text
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(self.prepare_value(initial)) != self.to_python(data)

    def run_validators(self, value: Any) -> None:
        """The domain says what a word may hold."""


class JsonField(forms.CharField):
    """JSON as text; nothing is `empty`. Refuses what parsers disagree about."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 48, "spellcheck": "false"})

    def __init__(self, *, empty: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.empty = empty

    def bound_data(self, data: Any, initial: Any) -> Any:
        return Typed(data or "")

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, Typed):
            return value
        return "" if value == self.empty else json.dumps(value, indent=2, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        if not (value or "").strip():
            return self.empty
        try:
            return json.loads(value, object_pairs_hook=_members, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("This is not JSON: %(why)s") % {"why": error}) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return json.dumps(self.to_python(self.prepare_value(initial))) != json.dumps(
                self.to_python(data)
            )
        except ValidationError:
            return True

    def run_validators(self, value: Any) -> None:
        """The domain says what the JSON may hold."""


class Draft(NamedTuple):
    """A rule as it stands in its two inputs."""

    mode: str
    text: str


class RuleWidget(forms.MultiWidget):
    """Whether there is a rule, and beside it what it allows."""

    NO_RULE, ONLY_THESE = "none", "only"
    MODES = ((NO_RULE, _("No rule")), (ONLY_THESE, _("Only these, none if empty:")))

    def __init__(self, label: str) -> None:
        entries = {"rows": 3, "cols": 40, "spellcheck": "false"}
        entries["aria-label"] = _("%(rule)s: entries, one per line") % {"rule": label}
        super().__init__([forms.Select(choices=self.MODES), forms.Textarea(attrs=entries)])

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0"

    def decompress(self, value: Any) -> Draft:
        return Draft(self.NO_RULE, "") if value is None else Draft(*value)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        mode, text = super().value_from_datadict(data, files, name)
        return Draft(mode or self.NO_RULE, text or "")


class RuleField(forms.Field):
    """A list that may be absent: None is no rule, an empty list allows nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=RuleWidget(kwargs["label"]), **kwargs)

    def prepare_value(self, value: Any) -> Draft:
        match value:
            case Draft():
                return value
            case None:
                return Draft(RuleWidget.NO_RULE, "")
            case _:
                return Draft(RuleWidget.ONLY_THESE, "\n".join(value))

    def to_python(self, value: Any) -> list[str] | None:
        lines = [line.strip() for line in value.text.splitlines() if line.strip()]
        if value.mode == RuleWidget.ONLY_THESE:
            return lines
        if lines:
            raise ValidationError(_("Choose “Only these”, or remove the entries."))
        return None

    def validate(self, value: Any) -> None:
        """The domain says what an entry may be."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(self.prepare_value(initial)) != self.to_python(data)
        except ValidationError:
            return True


def input_for(attribute: Attribute, *, label: str, help_text: str) -> forms.Field:
    """The form field in which a person types a value of this attribute."""
    said: dict[str, Any] = {"label": label, "help_text": help_text, "required": attribute.required}
    match attribute.kind:
        case Flag():
            return forms.BooleanField(**said)
        case Choice(options=options):
            return _choice(options, nullable=attribute.nullable, **said)
        case Count(minimum=minimum, maximum=maximum):
            return forms.IntegerField(min_value=minimum, max_value=maximum, **said)
        case Fraction() | Number() | Span():
            return forms.FloatField(widget=forms.NumberInput(attrs={"step": "any"}), **said)
        case Instant():
            return _moment(**said)
        case Items() as items:
            return _items(items, nullable=attribute.nullable, **said)
        case Json(mapping=mapping):
            return JsonField(empty={} if mapping else None, **said)
        case kind:
            return _text(kind, empty_value=None if attribute.nullable else "", **said)


def _text(kind: Any, **said: Any) -> forms.Field:
    if isinstance(kind, Text) and kind.multiline:
        return TextField(widget=forms.Textarea(attrs={"rows": 3, "cols": 48}), **said)
    longest = kind.max_length if isinstance(kind, Text) else 24
    wide = "vTextField" if longest > 64 else ""
    return TextField(widget=forms.TextInput(attrs={"class": wide, "autocomplete": "off"}), **said)


def _choice(options: tuple[str, ...], *, nullable: bool, **said: Any) -> forms.Field:
    choices = [(word, word.replace("_", " ")) for word in options]
    if nullable:
        choices = [NO_CHOICE, *choices]
    return forms.TypedChoiceField(choices=choices, empty_value=None if nullable else "", **said)


def _moment(**said: Any) -> forms.Field:
    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"
    )
    return forms.DateTimeField(widget=widget, **said)


def _items(items: Items, *, nullable: bool, **said: Any) -> forms.Field:
    match items.item:
        case Record():
            return JsonField(empty=None, **said)
        case Choice(options=options) if not nullable:
            boxes = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(
                choices=[(word, word) for word in options], widget=boxes, **said
            )
        case _:
            return RuleField(**said) if nullable else LinesField(**said)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
