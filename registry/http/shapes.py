"""Describe JSON shapes, which are TypedDicts, to the OpenAPI schema."""

from functools import cache
from types import UnionType
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

_LEAVES: dict[object, type[serializers.Field[Any, Any, Any, Any]]] = {
    str: serializers.CharField,
    bool: serializers.BooleanField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
}


@cache
def shape_of(typed_dict: type) -> serializers.Serializer[Any]:
    """Return a serializer that describes ``typed_dict``, named like it without ``Json``.

    It only feeds the schema: views answer with the plain values, which have the shape already.
    """
    hints = get_type_hints(typed_dict, include_extras=True)
    fields = {name: _field(hint) for name, hint in hints.items()}
    serializer = inline_serializer(typed_dict.__name__.removesuffix("Json"), fields)
    serializer.__class__.__doc__ = typed_dict.__doc__
    return serializer


def _field(hint: Any) -> serializers.Field[Any, Any, Any, Any]:
    if get_origin(hint) is NotRequired:
        return _field_of(get_args(hint)[0], required=False)
    return _field_of(hint, required=True)


def _field_of(hint: Any, *, required: bool) -> serializers.Field[Any, Any, Any, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        return type(shape_of(hint))(required=required)
    if origin is list:
        return _list_of(arguments[0], required=required)
    if origin is dict:
        return serializers.DictField(
            child=_field_of(arguments[1], required=True), required=required
        )
    if origin in {Union, UnionType}:
        return serializers.JSONField(required=required)
    return _LEAVES[hint](required=required)


def _list_of(hint: Any, *, required: bool) -> serializers.Field[Any, Any, Any, Any]:
    if is_typeddict(hint):
        return type(shape_of(hint))(many=True, required=required)
    return serializers.ListField(child=_field_of(hint, required=True), required=required)
