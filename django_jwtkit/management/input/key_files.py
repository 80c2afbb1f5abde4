"""A key as it comes from outside: PEM, encrypted PEM, JWK, or the bare bytes of an HMAC secret."""

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

STDIN: Final = "-"
LONGEST: Final = 64 * 1024
PRIMES: Final = frozenset({"p", "q"})
EXPONENTS: Final = frozenset({"dp", "dq", "qi"})
ENCRYPTED: Final = (b"ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")


def read_file(name: str, what: str = "one key in it, PEM or JWK") -> bytes:
    """The content of the file `name`, or of stdin for "-". Raises `CommandError` in one line."""
    try:
        content = _stdin() if name == STDIN else _file(name)
    except OSError as error:
        raise CommandError(
            f"{name} can't be read: {error.strerror}. Give a file with {what}, or - for stdin."
        ) from error
    if len(content) > LONGEST:
        raise CommandError(f"{name} is longer than {LONGEST} bytes. Give a file with {what}.")
    if not content.strip():
        raise CommandError(f"{name} is empty. Give a file with {what}.")
    return content


def _file(name: str) -> bytes:
    with Path(name).open("rb") as file:
        return file.read(LONGEST + 1)


def _stdin() -> bytes:
    # Where a program calls, stdin may be text without bytes below it.
    binary = getattr(sys.stdin, "buffer", None)
    return bytes(binary.read(LONGEST + 1)) if binary is not None else sys.stdin.read(LONGEST + 1).encode()


@sensitive_variables()
def read_key(content: bytes, *, algorithm: str, fallback: str, kid: str | None, from_stdin: bool) -> Key:
    """The key in `content`; `fallback` is the algorithm where neither the key nor the caller names one.

    Raises `KeyUnusableError`, and `CommandError` where a passphrase is needed and nobody can be asked.
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
        raise KeyUnusableError("This is a JWK Set: take the one key out of it that shall be imported.")
    alg = algorithm or (None if "alg" in jwk else fallback)
    if jwk.keys() >= PRIMES and EXPONENTS.isdisjoint(jwk):
        return _completed(jwk, alg, kid)
    return Key.from_dict(jwk, alg=alg, kid=kid)


@sensitive_variables()
def _completed(jwk: Mapping[str, object], alg: str | None, kid: str | None) -> Key:
    """An RSA key with its primes but without what follows from them, as small tools export it.

    RFC 7518 §6.3.2 wants all or none, so that it is read without, and the primes are compared.
    """
    key = Key.from_dict({name: value for name, value in jwk.items() if name not in PRIMES}, alg=alg, kid=kid)
    whole = key.to_dict(private=True)
    if {whole[name] for name in PRIMES} != {str(jwk[name]) for name in PRIMES}:
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
            "This secret is SECRET_KEY: who reads the settings could sign. Make one of its own."
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
            "The key is encrypted, and stdin is taken by the key: give it as a file.", returncode=2
        )
    return sys.stdin.readline().rstrip("\r\n")
