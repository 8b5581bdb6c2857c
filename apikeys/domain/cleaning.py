"""Input against the attribute table: all faults of a body at once, or clean values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apikeys.domain.attributes import ATTRIBUTES, Attribute, Written
from apikeys.domain.errors import FieldError, InvalidInput
from apikeys.domain.kinds import BadValue, Kind
from apikeys.domain.scopes import MANAGEMENT_SCOPES
from apikeys.domain.secret import Undisclosed

Values = dict[str, Any]
_Refusal = Callable[[Attribute, Mapping[str, object]], FieldError | None]

_WITH_IMPORT = ("key_prefix", "key_hint")


def clean_new(given: Mapping[str, object]) -> Values:
    """The values of a key to be made, defaults filled in. Raises `InvalidInput`."""
    cleaned, errors = _clean(given, ATTRIBUTES, _refused_at_creation)
    missing = [name for name, it in ATTRIBUTES.items() if it.required and name not in given]
    errors += [FieldError(f"/{name}", "required", f"Give {name}.") for name in missing]
    values = Undisclosed(_defaults() | cleaned)
    errors += [*_coherence(values), *_creation_coherence(cleaned)]
    if errors:
        raise InvalidInput(errors)
    return values


def clean_revision(given: Mapping[str, object], current: Mapping[str, Any]) -> Values:
    """The values to be changed; `current` is what they are merged into for rules over several."""
    cleaned, errors = _clean(given, ATTRIBUTES, _refused_in_revision)
    errors += _coherence({**current, **cleaned})
    if errors:
        raise InvalidInput(errors)
    return cleaned


def clean_values(given: Mapping[str, object], table: Mapping[str, Attribute]) -> Values:
    """Values of another table than the keys', each of which may always be written."""
    cleaned, errors = _clean(given, table, lambda _, __: None)
    if errors:
        raise InvalidInput(errors)
    return cleaned


def _clean(
    given: Mapping[str, object], table: Mapping[str, Attribute], refusal_of: _Refusal
) -> tuple[Values, list[FieldError]]:
    cleaned: Values = Undisclosed()
    errors: list[FieldError] = []
    for name, value in given.items():
        attribute = table.get(name)
        if attribute is None:
            errors.append(_unknown(name))
        elif refusal := refusal_of(attribute, given):
            errors.append(refusal)
        else:
            _clean_member(name, attribute, value, cleaned, errors)
    return cleaned, errors


def _unknown(name: str) -> FieldError:
    shown = name.replace("~", "~0").replace("/", "~1")[:100]
    return FieldError(f"/{shown}", "unknown_field", "There is no such field. Check its spelling.")


def _refused_at_creation(attribute: Attribute, given: Mapping[str, object]) -> FieldError | None:
    if attribute.name in _WITH_IMPORT and given.get("import_hash") is not None:
        return None
    if attribute.written is Written.NEVER:
        return _read_only(attribute)
    return None


def _refused_in_revision(attribute: Attribute, _: Mapping[str, object]) -> FieldError | None:
    match attribute.written:
        case Written.ALWAYS:
            return None
        case Written.NEVER:
            return _read_only(attribute)
        case Written.CREATION:
            detail = f"{attribute.name} is set when a key is made and cannot be changed later."
            return FieldError(f"/{attribute.name}", "set_at_creation", detail)


def _read_only(attribute: Attribute) -> FieldError:
    detail = f"{attribute.name} is kept by the service. Leave it out."
    return FieldError(f"/{attribute.name}", "read_only", detail)


def _defaults() -> Values:
    return {
        name: attribute.default
        for name, attribute in ATTRIBUTES.items()
        if attribute.written is not Written.NEVER
    }


def _coherence(values: Mapping[str, Any]) -> Iterator[FieldError]:
    """Rules over several attributes, for creation and revision alike."""
    if values.get("key_type") == "management":
        for index, scope in enumerate(values.get("scopes") or ()):
            if scope not in MANAGEMENT_SCOPES:
                detail = f"Management keys take: {', '.join(MANAGEMENT_SCOPES)}."
                yield FieldError(f"/scopes/{index}", "unknown_scope", detail)
    amount, interval = values.get("credits_refill_amount"), values.get("credits_refill_interval")
    if (amount is None) != (interval is None):
        missing = "amount" if amount is None else "interval"
        detail = "credits_refill_amount and credits_refill_interval go together."
        yield FieldError(f"/credits_refill_{missing}", "incomplete", detail)
    if amount is not None and values.get("credits") is None:
        yield FieldError("/credits", "incomplete", "A refill needs credits to begin with.")


def _creation_coherence(given: Values) -> Iterator[FieldError]:
    if given.get("expires_at") and given.get("seconds_until_expiration"):
        detail = "Give either expires_at or seconds_until_expiration."
        yield FieldError("/seconds_until_expiration", "conflict", detail)
    if not given.get("import_hash"):
        return
    if given.get("prefix"):
        yield FieldError("/prefix", "conflict", "An imported key has its own prefix already.")
    if given.get("recoverable"):
        detail = "Only the hash of an imported key is known, so it cannot be recoverable."
        yield FieldError("/recoverable", "conflict", detail)


def clean_members(
    given: Mapping[str, object], kinds: Mapping[str, Kind], required: tuple[str, ...] = ()
) -> Values:
    """The members of a body that is not a key; null counts as not given. Raises `InvalidInput`."""
    errors = [FieldError(f"/{name}", "required", f"Give {name}.") for name in required]
    errors = [error for error in errors if error.pointer[1:] not in given]
    cleaned: Values = Undisclosed()
    for name, value in given.items():
        kind = kinds.get(name)
        if kind is None:
            errors.append(_unknown(name))
        elif value is not None or name in required:
            _clean_member(name, kind, value, cleaned, errors)
    if errors:
        raise InvalidInput(errors)
    return cleaned


def _clean_member(
    name: str, kind: Attribute | Kind, value: object, cleaned: Values, errors: list[FieldError]
) -> None:
    try:
        cleaned[name] = kind.clean(value)
    except BadValue as error:
        errors.append(FieldError(f"/{name}{error.pointer}", error.code, error.detail))
