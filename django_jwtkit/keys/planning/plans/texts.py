"""The sentences of a plan's steps, and the words for what a key does."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit.jose import jwa
from django_jwtkit.keys.planning.planned import Planned
from django_jwtkit.wording import KeyName, Message

FURTHER_NOTICE: Final = Message(gettext_noop("further notice"))
NOW: Final = Message(gettext_noop("now"))

RAISED: Final = gettext_noop(
    "Key {key} may sign tokens that live up to {lifetime}, and is kept for {margin} more."
)
REVOKED: Final = gettext_noop("Key {key} is permanently revoked: {reason}.")
DESTROYED: Final = gettext_noop("The private part of key {key} is destroyed.")
ARCHIVED: Final = gettext_noop("Key {key} no longer verifies any token and is archived.")


class Turns(NamedTuple):
    """The words for a key's turn, which signs or encrypts."""

    skipped: str
    stops: str
    starts: str
    moved: str
    new: str
    new_named: str
    imported: str
    verifies: str


SIGNING: Final = Turns(
    skipped=gettext_noop("Key {key} is skipped and never signs."),
    stops=gettext_noop("Key {key} stops signing now; its tokens stay valid until {trusted}."),
    starts=gettext_noop("Key {key} signs from now on, until {end}."),
    moved=gettext_noop("Key {key} signs from {start} until {end}."),
    new=gettext_noop("A new {algorithm} key is made; it signs from {start}, until {end}."),
    new_named=gettext_noop("A new {algorithm} key {key} is made; it signs from {start}, until {end}."),
    imported=gettext_noop("The {algorithm} key {key} is imported; it signs from {start}, until {end}."),
    verifies=gettext_noop("The {algorithm} key {key} is imported; it verifies until {end}, and never signs."),
)
ENCRYPTING: Final = Turns(
    skipped=gettext_noop("Key {key} is skipped and never encrypts."),
    stops=gettext_noop("Key {key} stops encrypting now; it decrypts until {trusted}."),
    starts=gettext_noop("Key {key} encrypts from now on, until {end}."),
    moved=gettext_noop("Key {key} encrypts from {start} until {end}."),
    new=gettext_noop("A new {algorithm} key is made; it encrypts from {start}, until {end}."),
    new_named=gettext_noop("A new {algorithm} key {key} is made; it encrypts from {start}, until {end}."),
    imported=gettext_noop("The {algorithm} key {key} is imported; it encrypts from {start}, until {end}."),
    verifies=gettext_noop(
        "The {algorithm} key {key} is imported; it decrypts until {end}, and never encrypts."
    ),
)


TEXTS: Final[Mapping[str, str]] = {
    **{f"signing.{name}": text for name, text in SIGNING._asdict().items()},
    **{f"encrypting.{name}": text for name, text in ENCRYPTING._asdict().items()},
    "raised": RAISED,
    "revoked": REVOKED,
    "destroyed": DESTROYED,
    "archived": ARCHIVED,
}
"""The texts of steps, by the names under which the history keeps them."""


def short(kid: str) -> str:
    """Return the beginning of a kid, which is enough for people; commands accept it."""
    return KeyName(kid).short


def is_for_encryption(algorithm: str) -> bool:
    """Return whether keys of `algorithm` encrypt and decrypt; all others sign and verify."""
    return algorithm in jwa.FITS and jwa.FITS[algorithm].use == "enc"


def verb(key: Planned) -> str:
    """Return the word for the work of a key: it signs or encrypts."""
    return "encrypts" if is_for_encryption(key.algorithm) else "signs"
