"""HMAC secrets of other software that are too weak for a `Key`.

Such a secret only verifies old tokens. `Key` refuses it, so this function is the only way to read one, and
every caller shows that by its name.
"""

from typing import Final

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose.jwa.key_types.symmetric import old_material

from .key import Key

ALGORITHMS: Final = ("HS256", "HS384", "HS512")


def read_old_secret(secret: str | bytes, *, alg: str) -> Key:
    """Return a key that verifies with `secret`, however weak, and that never signs.

    Raises `KeyUnusableError` for another algorithm than HS256, HS384 and HS512, for an empty secret, and for
    the key of a key pair.
    """
    if alg not in ALGORITHMS:
        raise KeyUnusableError(f"alg must be one of {', '.join(ALGORITHMS)}, got {alg!r}")
    octets = secret.encode() if isinstance(secret, str) else secret
    return Key(None, alg, "sig", ("verify",), old_material(octets))
