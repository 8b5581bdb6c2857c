"""The form of a tenant: its attributes, with an input for each of its default limits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apikeys.admin.forms import AttributeForm
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.errors import FieldError
from apikeys.domain.limits import ATTRIBUTE_OF, DEFAULTED
from apikeys.domain.tenancy import DEFAULT_LIMITS, TENANT_ATTRIBUTES
from apikeys.models import Tenant

_WHOLE = "default_limits"
# Suspending asks for another permission, and for a confirmation; the limits have inputs of their
# own, named like those of a key.
ATTRIBUTES_SHOWN = [it for it in TENANT_ATTRIBUTES.values() if it.name not in ("status", _WHOLE)]
_LIMITS = [ATTRIBUTES[ATTRIBUTE_OF[name]] for name in DEFAULTED]

FIELDSETS: list[tuple[Any, dict[str, Any]]] = [
    (None, {"fields": [it.name for it in ATTRIBUTES_SHOWN]}),
    (
        _("Default limits"),
        {
            "fields": [it.name for it in _LIMITS],
            "description": _(
                "For each key of the tenant that has no such limit itself, but not for management "
                "keys. Empty: no limit."
            ),
        },
    ),
]


class TenantForm(AttributeForm):
    """`given` puts the default limits together again, if one of them was changed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([*ATTRIBUTES_SHOWN, *_LIMITS], **kwargs)

    def given(self) -> dict[str, Any]:
        changed = super().given()
        limits = {it.name: changed.pop(it.name) for it in _LIMITS if it.name in changed}
        if limits:
            kept = {name: self.initial.get(name) for name in DEFAULT_LIMITS.members}
            changed[_WHOLE] = {**kept, **limits}
        return changed

    def _place(self, fault: FieldError) -> None:
        """A fault of one limit is shown at its input."""
        pointer = fault.pointer.removeprefix(f"/{_WHOLE}")
        super()._place(FieldError(pointer or "/", fault.code, fault.detail))


def new_values() -> dict[str, Any]:
    """What the form of a tenant to be made begins with."""
    return {it.name: it.default for it in ATTRIBUTES_SHOWN}


def values_of(tenant: Tenant) -> dict[str, Any]:
    """What the form of a tenant begins with."""
    stored = {it.name: getattr(tenant, it.name) for it in ATTRIBUTES_SHOWN}
    return {**stored, **tenant.default_limits, "expected_version": tenant.version}
