"""Declared attributes as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contexts.calculation.models import DeclaredAttribute
from contexts.calculation.policies.attributes import TYPES


class DeclarationSerializer(serializers.Serializer[Any]):
    """What an attribute is."""

    type = serializers.ChoiceField(choices=TYPES, help_text="The type of its value.")
    about = serializers.CharField(max_length=200, help_text="What it is, in a sentence.")
    optional = serializers.BooleanField(default=True, help_text="May it be missing?")

    def said(self) -> dict[str, Any]:
        """The declaration as use cases take it."""
        given = self.validated_data
        return {"kind": given["type"], "about": given["about"], "optional": given["optional"]}


class NewAttributeSerializer(DeclarationSerializer):
    record = serializers.CharField(max_length=64, help_text="Whose it is, such as customer.")
    name = serializers.CharField(max_length=64, help_text="As carts send it and rules write it.")


class AttributeSerializer(serializers.ModelSerializer[DeclaredAttribute]):
    path = serializers.CharField(read_only=True, help_text="How rules write it.")

    class Meta:
        model = DeclaredAttribute
        fields = (
            "record", "name", "path", "type", "about", "optional", "revision", "declared_by", "active_from",
        )  # fmt: skip
