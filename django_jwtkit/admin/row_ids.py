"""Whether a text from an address or a form can be the ID of a row, told before a database is asked."""

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model


def is_row_id(text: str, model: type[Model]) -> bool:
    """Return whether `text` can be a primary key of `model`: a number that its column holds, or a UUID.

    For another text a database raises an error, each one its own: of an overflow, of a NUL, of a cast.
    """
    field = model._meta.pk
    while isinstance(field, ForeignKey):  # the parent's key, where a model inherits its table
        field = field.target_field
    try:
        field.run_validators(field.to_python(text))
    except ValidationError:
        return False
    return bool(text) and "\0" not in text
