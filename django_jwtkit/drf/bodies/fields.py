"""Fields of our bodies: texts that are texts, secrets, login names of any column, moments."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import ISO_8601, serializers

MAX_USERNAME: Final = 254  # characters, or the column's own bound: the longest e-mail address (RFC 5321)
MAX_PASSWORD: Final = 4096  # characters: hashing work that a stranger may ask for

# Columns whose values JSON writes as numbers, and as which; then all whose values no text is compared with.
# A column of any other kind gets the text as it was sent.
NUMBERS: Final[Mapping["type[models.Field[Any, Any]]", tuple[type, ...]]] = {
    models.IntegerField: (int,),
    models.DecimalField: (int, float),
    models.FloatField: (int, float),
}
CONVERTED: Final = (
    *NUMBERS,
    models.UUIDField,
    models.DateField,
    models.TimeField,
    models.DurationField,
    models.GenericIPAddressField,
)


class TextField(serializers.CharField):
    """A JSON string. DRF's own field takes numbers too, and `1` must not log in the user `"1"`."""

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class SecretField(TextField):
    """A string that never comes back, and of which every character counts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"write_only": True, "trim_whitespace": False, **kwargs})


class TokenField(SecretField):
    """A token. A look at each character for surrogates, which no parser of ours lets through, takes 30 µs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [ProhibitNullCharactersValidator()]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return the field of one serializer, which shares nothing that can be changed in place.

        DRF makes it anew from its arguments for each request, which takes three times as long. So it does for
        a subclass, which may have more to copy.
        """
        if type(self) is not TokenField:
            return super().__deepcopy__(memo)
        field = self.__new__(TokenField)
        vars(field).update(vars(self), error_messages={**self.error_messages}, style={**self.style})
        field.validators = [*self.validators]
        return field


class ColumnField(serializers.Field[Any, Any, Any, Any]):
    """A login name whose column holds no text: in text, or as a number where that is what it holds."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Enter a valid value.")}

    def __init__(self, column: "models.Field[Any, Any]", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.column = column

    def to_internal_value(self, data: object) -> object:
        """Return `data` as the column has it; raise `ValidationError` (400)."""
        text = isinstance(data, str) and len(data) <= MAX_USERNAME
        if not text and type(data) not in _numbers(self.column):
            self.fail("invalid")
        try:
            value = self.column.to_python(data.strip() if isinstance(data, str) else data)
        except (DjangoValidationError, ArithmeticError, ValueError):
            self.fail("invalid")
        if value is None:
            self.fail("invalid")
        return value

    def to_representation(self, value: object) -> object:
        return value


def _numbers(column: "models.Field[Any, Any]") -> tuple[type, ...]:
    """Return the JSON number types that can be names in `column`: no float for an integer, and never bool."""
    return next((kinds for kind, kinds in NUMBERS.items() if isinstance(column, kind)), ())


def name_field(column: "models.Field[Any, Any]") -> serializers.Field[Any, Any, Any, Any]:
    """Return the serializer's field for the login name in `column`."""
    while isinstance(column, models.ForeignKey):
        column = column.target_field
    if isinstance(column, CONVERTED):
        return ColumnField(column, write_only=True)
    return TextField(max_length=max(MAX_USERNAME, column.max_length or 0), write_only=True)


class NameField(serializers.CharField):
    """A text that may be missing: null, and never empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "allow_null": True, **kwargs})

    def to_representation(self, value: str) -> Any:
        return super().to_representation(value) or None


class MomentField(serializers.DateTimeField):
    """A moment in ISO 8601 and UTC, whatever format and zone the project has for its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "format": ISO_8601, "default_timezone": UTC, **kwargs})
