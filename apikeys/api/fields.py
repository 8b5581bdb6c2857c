"""Kinds and attributes as DRF fields, so that the schema's shapes follow from the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from apikeys.api.pointers import pointer
from apikeys.domain.attributes import ATTRIBUTES, Attribute, Written
from apikeys.domain.errors import InvalidInput
from apikeys.domain.kinds import Kind
from apikeys.domain.secret import Undisclosed

if TYPE_CHECKING:
    _Field = serializers.Field[Any, Any, Any, Any]
else:
    _Field = serializers.Field  # subscriptable for the type checker only


class KindField(_Field):
    """A value of a kind. The operations judge it; this tells its shape."""

    def __init__(
        self, kind: Kind, note: str = "", *, allow_null: bool = False, **kwargs: Any
    ) -> None:
        self.kind = kind
        # The empty schema takes null as it is; said a second time, null would match two of "one
        # of", and so none.
        super().__init__(
            help_text=note or None, allow_null=allow_null and bool(kind.schema()), **kwargs
        )

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value

    def openapi(self) -> dict[str, Any]:
        """As OpenAPI 3.1; that null is a type too is added by drf-spectacular, but for choices."""
        schema = self.kind.schema()
        if self.allow_null and "enum" in schema:
            return {**schema, "enum": [*schema["enum"], None]}
        return schema


# Without a docstring: drf-spectacular would print it as the description of each shape.
class Shape(serializers.Serializer[Any]):
    pass


def shape(
    name: str,
    attributes: Iterable[Attribute],
    /,
    *,
    partial: bool = False,
    shown: bool = False,
    parts: Mapping[str, KindField] | None = None,
    **more: Any,
) -> type[Shape]:
    """A serializer class with a field per attribute; `shown` ones are all there in an answer."""
    fields = {
        attribute.name: KindField(
            attribute.kind,
            attribute.note,
            read_only=shown,
            required=attribute.required and not partial and not shown,
            allow_null=attribute.nullable,
        )
        for attribute in attributes
    }
    return type(name, (Shape,), {**fields, **(parts or {}), **more})


def writable(*when: Written) -> list[Attribute]:
    """The attributes that may be written then."""
    return [attribute for attribute in ATTRIBUTES.values() if attribute.written in when]


def only(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The members of a body that takes just these; others are an error, never dropped."""
    strange = [name for name in body if name not in names]
    if strange:
        listed = ", ".join(names) or "none"
        at = pointer(strange[0][:100])
        raise InvalidInput.at(at, "unknown_field", f"Fields here: {listed}.")
    return Undisclosed(body)
