"""The sealing keys, derived from `SEALING_KEYS`, or from `SECRET_KEY` and its fallbacks without those.

From each secret HKDF-SHA256 (RFC 5869) derives a key that seals, a name, a check value, and the keys of the
MACs over rows and rings. So the name, the check value and the MACs, which lie in the database, tell nothing
about the secret.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import moments
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.jose import Key, encoding
from django_jwtkit.keys.store import SealingCheck
from django_jwtkit.wording import Code, Command, Message
from django_jwtkit.wording import message as _

from .secrecy import without_line_end

ALGORITHM: Final = "A256GCMKW"


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A secret that seals and vouches. `check` proves to another node that it has the same one under that id.

    After `until` it does neither. `is_own` tells an entry of `SEALING_KEYS` from what `SECRET_KEY` yields.
    """

    id: str
    key: Key
    check: str
    row_mac_key: bytes = field(repr=False)
    ring_mac_key: bytes = field(repr=False)
    until: datetime | None = None
    is_own: bool = False


def sealing_keys(now: datetime | None = None) -> Mapping[str, SealingKey]:
    """Return the sealing keys that have not retired at `now`, by id, newest first.

    Raises `SealingKeyLost` where one cannot be read, or none is left.
    """
    keys = all_sealing_keys()
    if not any(key.until for key in keys.values()):
        return keys
    moment = moments.at(now)
    valid = {name: key for name, key in keys.items() if key.until is None or moment < key.until}
    if not any(key.is_own for key in valid.values()):
        raise SealingKeyLost(
            _('Each of the SEALING_KEYS has retired ("until").'),
            _(
                "Put a new one in front of them, with an id of its own: {command}",
                command=Command("python -c 'import secrets; print(secrets.token_urlsafe(32))'"),
            ),
        )
    return valid


def all_sealing_keys() -> Mapping[str, SealingKey]:
    """Return the sealing keys by id, retired ones too. Raises `SealingKeyLost` where one cannot be read."""
    fallbacks = tuple(settings.SECRET_KEY_FALLBACKS)
    return _derived(_Secrets(conf(), (settings.SECRET_KEY, *fallbacks)))


def sealing_key_lost(kid: str, ring: str, key_id: str) -> SealingKeyLost:
    """Return the error for key `kid` of `ring`, which rests under a sealing key that is not here."""
    return SealingKeyLost(
        _(
            "Key {key} is sealed under {key_id!r}, and this machine has only {here}.",
            key=Code(kid),
            key_id=key_id,
            here=", ".join(sealing_keys()),
        ),
        _(
            "Put that one back into JWTKIT['SEALING_KEYS'] (or the old SECRET_KEY into "
            "SECRET_KEY_FALLBACKS). If it is lost: {command}",
            command=Command(f"python manage.py rotate_keys --ring {ring} --now --force"),
        ),
    )


def note_checks(using: str) -> None:
    """Note the check value of the newest sealing key; raise `SealingKeyLost` where another stands there."""
    newest = next(iter(sealing_keys().values()))
    check, _ = SealingCheck.objects.using(using).get_or_create(
        key_id=newest.id, defaults={"value": newest.check}
    )
    _compare(newest, check.value)


def check_newest(using: str) -> None:
    """Raise `SealingKeyLost` where nothing can be sealed: the newest key can't be read, or is another one."""
    newest = next(iter(sealing_keys().values()))
    for check in SealingCheck.objects.using(using).filter(key_id=newest.id):
        _compare(newest, check.value)


def _compare(newest: SealingKey, check: str) -> None:
    if not hmac.compare_digest(check, newest.check):
        raise SealingKeyLost(
            _(
                "Sealing key {key_id!r} is not the secret that was first used under this id: other nodes "
                "could not open what this one seals.",
                key_id=newest.id,
            ),
            _("Give the new secret a new id in JWTKIT['SEALING_KEYS']."),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Secrets:
    """The cache key of `_derived`: the same settings object and the same Django secrets."""

    settings: Settings
    django: tuple[str | bytes, ...]

    def __hash__(self) -> int:
        return hash(id(self.settings))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Secrets) and self.settings is other.settings and self.django == other.django

    def __repr__(self) -> str:
        return "<secrets>"


@lru_cache(maxsize=1)
@sensitive_variables()
def _derived(secrets: _Secrets) -> Mapping[str, SealingKey]:
    # SECRET_KEY goes on opening what it sealed before SEALING_KEYS were set; nothing new is sealed under it.
    own_keys = [_own_key(entry) for entry in secrets.settings.SEALING_KEYS]
    django_keys = [_sealing_key(_octets(secret)) for secret in secrets.django]
    keys: dict[str, SealingKey] = {}
    for key in (*own_keys, *django_keys):
        keys.setdefault(key.id, key)
    return keys


def _own_key(entry: Mapping[str, object]) -> SealingKey:
    until = cast("datetime | None", entry.get("until"))
    return replace(_sealing_key(_material(entry), str(entry["id"])), until=until, is_own=True)


def _sealing_key(secret: bytes, name: str = "") -> SealingKey:
    k = encoding.b64u_encode(_hkdf(secret, b"jwtkit/v1/seal"))
    name = name or encoding.b64u_encode(_hkdf(secret, b"jwtkit/v1/id"))[:16]
    key = Key.from_dict({"kty": "oct", "k": k}, alg=ALGORITHM, kid=name)
    return SealingKey(
        id=name,
        key=key,
        check=encoding.b64u_encode(_hkdf(secret, b"jwtkit/v1/check"))[:32],
        row_mac_key=_hkdf(secret, b"jwtkit/v1/row"),
        ring_mac_key=_hkdf(secret, b"jwtkit/v1/ring"),
    )


@sensitive_variables()
def read_secret(entry: Mapping[str, object]) -> bytes:
    """Return the secret that an entry of `SEALING_KEYS` holds, or names a file of.

    Raises `OSError`, and `ValueError` where the path has a NUL in it.
    """
    if "key" in entry:
        return _octets(cast("str | bytes", entry["key"]))
    return without_line_end(Path(cast("str | Path", entry["path"])).read_bytes())


@sensitive_variables()
def _material(entry: Mapping[str, object]) -> bytes:
    try:
        return read_secret(entry)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SealingKeyLost(
            _(
                "Sealing key {key_id!r} can't be read from {path}: {why}.",
                key_id=entry["id"],
                path=Code(repr(str(entry["path"]))),
                why=Message(str(why)),
            ),
            _(
                "Give it back. If it is lost, put a new one with an id of its own in its place, then: "
                "{command}",
                command=Command("python manage.py rotate_keys --now --force"),
            ),
        ) from error


def _octets(secret: str | bytes) -> bytes:
    return secret.encode() if isinstance(secret, str) else secret


def _hkdf(secret: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869 §2) without salt, one block of output: 32 bytes."""
    pseudorandom_key = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(pseudorandom_key, info + b"\x01", "sha256")
