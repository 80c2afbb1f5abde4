"""The public part of a key, as its page shows it and as a file."""

from .files import FORMS, public_file
from .reading import PublicKey, read_public_key

__all__ = ["FORMS", "PublicKey", "public_file", "read_public_key"]
