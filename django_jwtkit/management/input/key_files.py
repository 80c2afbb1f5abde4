"""A key in a file: PEM, encrypted PEM, JWK, or the bare octets of an HMAC secret."""

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.errors import KeyUnusableError, TokenError
from django_jwtkit.jose import Key, encoding
from django_jwtkit.keys.sealing import is_django_secret, weakness, without_line_end
from django_jwtkit.management.failures import USAGE

STDIN: Final = "-"
MAX_LENGTH: Final = 64 * 1024  # octets
PRIMES: Final = frozenset({"p", "q"})
EXPONENTS: Final = frozenset({"dp", "dq", "qi"})
ENCRYPTED: Final = (b"ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")


def read_file(name: str, expected: str = "one key in it, PEM or JWK") -> bytes:
    """Return the content of the file `name`, or of stdin for "-". Raises `CommandError`."""
    try:
        content = _stdin() if name == STDIN else _file(name)
    except OSError as error:
        raise CommandError(
            f"{name} cannot be read: {error.strerror}. Give a file with {expected}, or - for stdin."
        ) from error
    if len(content) > MAX_LENGTH:
        raise CommandError(f"{name} is longer than {MAX_LENGTH} bytes. Give a file with {expected}.")
    if not content.strip():
        raise CommandError(f"{name} is empty. Give a file with {expected}.")
    return content


def _file(name: str) -> bytes:
    with Path(name).open("rb") as file:
        return file.read(MAX_LENGTH + 1)


def _stdin() -> bytes:
    # A program that calls the command may have replaced stdin by a text stream without bytes.
    binary = getattr(sys.stdin, "buffer", None)
    return (
        bytes(binary.read(MAX_LENGTH + 1)) if binary is not None else sys.stdin.read(MAX_LENGTH + 1).encode()
    )


@sensitive_variables()
def read_key(content: bytes, *, algorithm: str, fallback: str, kid: str | None, from_stdin: bool) -> Key:
    """Return the key in `content`. Its algorithm is `algorithm`, or its own, or `fallback`.

    Raises `KeyUnusableError`, and `CommandError` where a passphrase is needed and there is no terminal.
    """
    if content.isascii() and content.lstrip().startswith(b"{"):  # among raw octets "{" may come first
        key = _jwk(content, algorithm, fallback, kid)
    elif b"-----BEGIN " in content or not (algorithm or fallback).startswith("HS"):
        password = _passphrase(from_stdin) if any(mark in content for mark in ENCRYPTED) else None
        key = Key.from_pem(content, alg=algorithm or fallback, kid=kid, password=password)
    else:
        secret = {"kty": "oct", "k": encoding.b64u_encode(without_line_end(content))}
        key = Key.from_dict(secret, alg=algorithm or fallback, kid=kid)
    _refuse_weak(key)
    return key


@sensitive_variables()
def _jwk(content: bytes, algorithm: str, fallback: str, kid: str | None) -> Key:
    try:
        jwk: Mapping[str, object] = encoding.loads(content.strip())
    except TokenError as error:
        raise KeyUnusableError("This is neither a PEM nor the JSON of a JWK.") from error
    if "keys" in jwk:
        raise KeyUnusableError("This is a JWK Set: take out of it the one key to import.")
    alg = algorithm or (None if "alg" in jwk else fallback)
    if jwk.keys() >= PRIMES and EXPONENTS.isdisjoint(jwk):
        return _complete(jwk, alg, kid)
    return Key.from_dict(jwk, alg=alg, kid=kid)


@sensitive_variables()
def _complete(jwk: Mapping[str, object], alg: str | None, kid: str | None) -> Key:
    """Return an RSA key from its primes without the values that follow from them, as small tools export it.

    RFC 7518 §6.3.2 demands all or none. So the key is read without, and the primes are compared.
    """
    key = Key.from_dict({name: value for name, value in jwk.items() if name not in PRIMES}, alg=alg, kid=kid)
    complete = key.to_dict(private=True)
    if {complete[name] for name in PRIMES} != {str(jwk[name]) for name in PRIMES}:
        raise KeyUnusableError("the parts of the RSA key do not belong together: export it again")
    return key


@sensitive_variables()
def _refuse_weak(key: Key) -> None:
    if key.kty != "oct":
        return
    secret = key.native_private
    if not isinstance(secret, bytes):
        return
    if is_django_secret(secret):
        raise KeyUnusableError(
            "This secret is SECRET_KEY: anyone who reads the settings could sign. Use a secret of its own."
        )
    if wrong := weakness(secret):
        raise KeyUnusableError(
            f"This secret is too weak: {wrong}. Make one with: python manage.py generate_key"
        )


def _passphrase(from_stdin: bool) -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase: ", stream=sys.stderr)
    if from_stdin:
        raise CommandError(
            "The key is encrypted, and stdin cannot carry its passphrase too: give the key as a file.",
            returncode=USAGE,
        )
    return sys.stdin.readline().rstrip("\r\n")
