"""Which key fits this header? A `KeySource` answers; a `KeySet` (RFC 7517 §5) is the plain one."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

from django_jwtkit.errors import KeyUnusableError, UnknownKey
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.key_types.rsa import modulus_of, shared_factors
from django_jwtkit.jose.wire.header import KnownHeaders
from django_jwtkit.wording import escape

from .key import Key, alg_for, is_understood
from .mistaken import describe_no_set
from .selecting import DEFAULT_ALGORITHMS, MAX_KEYS, Selection, Skipped, place_of, select

_TEXT: Final = (str, bytes, bytearray)
_REASONS: Final = 5  # why members were left out, that an error tells


class KeySource(Protocol):
    """Finds keys; nothing in `header` has been proven yet.

    One that also has `known_headers`, a dict that begins empty, has each header read only once for it.
    """

    def find(self, header: Mapping[str, object]) -> Key:
        """Return the one key that the header names; raise `UnknownKey`."""


class KeySet:
    """Keys by their kid. Byte for byte the same kid or none at all: no other key is ever tried.

    Where the header names no key, the only one of its use is taken (of a published set: of its alg).
    `skipped` are the members of a JWK Set that were left out: pairs of kid, or None, and reason.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        """Raise `KeyUnusableError` for two keys of one kid, too many, or RSA keys that share a prime."""
        own = tuple(keys)
        if not all(isinstance(key, Key) for key in own):
            raise TypeError("a KeySet is made of Key values")
        if len(own) > MAX_KEYS:
            raise KeyUnusableError(f"a set of more than {MAX_KEYS} keys: retire some")
        for kid, count in Counter(key.kid for key in own).items():
            if kid is not None and count > 1:
                raise KeyUnusableError(
                    f"two keys of the set have one kid, {escape(kid, 60)!r}: give each its own"
                )
        if shared_factors({modulus_of(key.native_public) for key in own if key.kty == "RSA"}):
            raise KeyUnusableError("two RSA keys share a prime: both are broken, make new ones")
        self._fill(own)

    def _fill(self, keys: tuple[Key, ...], skipped: Iterable[Skipped] = ()) -> None:
        counts = Counter(key.kid for key in keys)
        self._keys = keys
        self._by_kid = {key.kid: key for key in keys if key.kid is not None and counts[key.kid] == 1}
        self._by_name = {(key.kid, key.alg): key for key in keys}
        self.skipped = tuple(skipped)
        self.known_headers: KnownHeaders = {}

    @classmethod
    def from_dict(cls, jwks: Mapping[str, object], *, alg: str | None = None) -> "KeySet":
        """Return the keys of a JWK Set of your own; `alg` is for members that name none and that it fits.

        Members of a kty, crv or alg that we do not know are passed over (RFC 7517 §5). Raises
        `KeyUnusableError` for the whole set where one of the others is bad, or where a secret lies next to
        keys that are published: such a set is a leak, or the beginning of an algorithm confusion. For
        somebody else's set, of which the bad members are to be left out, there is `published`.
        """
        own, skipped = list[Key](), list[Skipped]()
        for index, member in enumerate(_own_members(jwks)):
            place = place_of(index, member.get("kid"))
            if not is_understood(member):
                skipped.append(
                    Skipped(_text_of(member.get("kid")), f"{place}: its kty, crv or alg is not supported")
                )
                continue
            try:
                own.append(Key.from_dict(member, alg=alg_for(member, alg)))
            except KeyUnusableError as error:
                message = f"{place}: {error}. If the set is somebody else's, use KeySet.published"
                raise KeyUnusableError(message) from error
        if len({key.kty == "oct" for key in own}) > 1:
            raise KeyUnusableError("the JWK Set mixes symmetric keys and key pairs: split it in two")
        keys = cls(own)
        keys.skipped = tuple(skipped)
        return keys

    @classmethod
    def published(
        cls,
        jwks: Mapping[str, object],
        *,
        algorithms: Collection[str] = DEFAULT_ALGORITHMS,
        use: str = "sig",
    ) -> "KeySet":
        """Return the keys of somebody else's JWK Set that serve one of `algorithms`; `skipped` are the rest.

        A member without alg gets the only one of `algorithms` that fits its type. One that is null counts as
        absent. `use` is compared with the member's own, where it has one. Keys are found by kid and alg, so
        that one kid may stand for several. Private and symmetric keys are always left out.

        Raises `KeyUnusableError` where no key can be used, `TypeError` or `ValueError` for a wrong call.
        """
        selection = select(_members(jwks), algorithms, use)
        if not selection.keys:
            raise KeyUnusableError(f"no key of the JWK Set can be used{_list(selection.skipped)}")
        return _Published(selection)

    def to_dict(self, *, private: bool = False) -> dict[str, list[dict[str, object]]]:
        """Return the JWK Set; unless `private`, the public members of key pairs, no symmetric key."""
        if private:
            return {"keys": [key.to_dict(private=key.private) for key in self]}
        return {"keys": [key.to_dict() for key in self if key.kty != "oct"]}

    def find(self, header: Mapping[str, object]) -> Key:
        """Return the key of the header's kid; raise `UnknownKey`."""
        kid = header.get("kid")
        found = self._by_kid.get(kid) if isinstance(kid, str) else None
        return self._find(header) if found is None else found

    def _find(self, header: Mapping[str, object]) -> Key:
        """Return the only key, or the one of kid and alg, or the only one that may do the header's work."""
        kid, alg = header.get("kid", ""), _text_of(header.get("alg")) or ""
        found = [self._by_name[kid, alg]] if isinstance(kid, str) and (kid, alg) in self._by_name else []
        if len(self._keys) == 1 and self._keys[0].is_named_by(header):
            found = [*self._keys]
        elif kid == "":
            found = [key for key in self._keys if self._serves(key, alg)]
        if len(found) == 1:
            return found[0]
        raise UnknownKey(self._why(kid))

    def _serves(self, key: Key, alg: str) -> bool:
        """Whether `key` may be meant by a header of `alg` that names none."""
        return alg in FITS and key.use == FITS[alg].use

    def _why(self, kid: object) -> str:
        """Return why no key was found, with the reason for which the one that was meant was left out."""
        if kid == "":
            return (
                f"the header names no key, and not exactly one of the set may be meant{_list(self.skipped)}"
            )
        meant = [skipped for skipped in self.skipped if skipped.kid == kid]
        if not meant:
            return "no key of the set has the header's kid"
        return f"the key that the header names cannot be used{_list(meant)}"

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        left_out = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"<KeySet of {len(self)}{left_out}>"

    def __getstate__(self) -> dict[str, object]:
        """Public keys travel; what has been learnt of them, with checks of cryptography's in it, does not."""
        return {**self.__dict__, "known_headers": {}}


class _Published(KeySet):
    """The keys of somebody else's set, in which one kid may stand for several algorithms."""

    def __init__(self, selection: Selection) -> None:
        self._fill(selection.keys, selection.skipped)

    def _serves(self, key: Key, alg: str) -> bool:
        return key.alg == alg


def check_published_call(algorithms: Collection[str], use: str) -> None:
    """Raise `TypeError` or `ValueError` for what `KeySet.published` would not take."""
    select([], algorithms, use)


def source(keys: object) -> KnownHeaders:
    """Return the headers that are known to `keys`; raise `TypeError` for what finds no keys.

    Asked before any token is looked at. A source that remembers no headers knows none.
    """
    found: KnownHeaders | None = getattr(keys, "known_headers", None)
    if type(found) is dict:
        return found
    if not callable(getattr(keys, "find", None)) or isinstance(keys, _TEXT):
        raise TypeError("keys is a Key, a KeySet or another KeySource; text and None are none of these")
    return {}


def _members(jwks: object) -> list[object]:
    found = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(found, list):
        raise KeyUnusableError(describe_no_set(jwks))
    return found


def _own_members(jwks: object) -> list[Mapping[str, object]]:
    found = _members(jwks)
    if len(found) > MAX_KEYS:
        raise KeyUnusableError(f"a set of more than {MAX_KEYS} keys: retire some")
    members = [member for member in found if isinstance(member, Mapping)]
    if len(members) != len(found):
        raise KeyUnusableError(describe_no_set(jwks))
    return members


def _text_of(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _list(skipped: Collection[Skipped]) -> str:
    """Return the reasons as the end of a sentence."""
    reasons = [one.reason for one in skipped][:_REASONS]
    more = f"; and {len(skipped) - _REASONS} more" if len(skipped) > _REASONS else ""
    return f": {'; '.join(reasons)}{more}" if reasons else ""
