"""Find the key for a header. `KeySource` is the protocol, `KeySet` (RFC 7517 §5) the usual source."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

from django_jwtkit.errors import KeyUnusableError, UnknownKey
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.key_types.rsa import modulus_of, shared_factors
from django_jwtkit.jose.wire.header import KnownHeaders
from django_jwtkit.wording import escape
from django_jwtkit.wording import message as _

from .foreign_sets import DEFAULT_ALGORITHMS, MAX_KEYS, Selection, Skipped, place_of, select
from .key import Key, alg_for, is_understood
from .mistaken import describe_no_set

_TEXT: Final = (str, bytes, bytearray)
_REASONS: Final = 5  # reasons for skipped members in one error


class KeySource(Protocol):
    """Finds keys. Nothing in `header` is verified yet.

    If a source also has `known_headers`, a dict that is empty at first, each header is parsed only once.
    """

    def find(self, header: Mapping[str, object]) -> Key:
        """Return the key that the header names. Raises `UnknownKey`."""


class KeySet:
    """Keys by kid. A kid must match byte for byte; no other key is ever tried.

    If the header names no key, the only key of its use is taken (in a published set: of its alg). `skipped`
    are the members of a JWK Set that are not in use: pairs of kid, or None, and reason.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        """Raise `KeyUnusableError` for equal key IDs, too many keys, or RSA keys that share a prime."""
        own = tuple(keys)
        if not all(isinstance(key, Key) for key in own):
            raise TypeError("keys must be Key objects")
        if len(own) > MAX_KEYS:
            raise KeyUnusableError(f"the set has more than {MAX_KEYS} keys: remove some")
        for kid, count in Counter(key.kid for key in own).items():
            if kid is not None and count > 1:
                raise KeyUnusableError(
                    f"two keys of the set have the kid {escape(kid, 60)!r}: give each its own"
                )
        if shared_factors({modulus_of(key.native_public) for key in own if key.kty == "RSA"}):
            raise KeyUnusableError("two RSA keys share a prime, so both are broken: make new ones")
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
        """Return the keys of a JWK Set of your own. `alg` is for members without one that it fits.

        Members of an unknown kty, crv or alg are skipped (RFC 7517 §5). Raises `KeyUnusableError` for the
        whole set if one of the others is bad, or if it has both a secret and public keys: such a set is a
        leak, or leads to algorithm confusion. For the set of another issuer use `published`, which skips bad
        members.
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
                message = f"{place}: {error}. For the set of another issuer use KeySet.published"
                raise KeyUnusableError(message) from error
        if len({key.kty == "oct" for key in own}) > 1:
            raise KeyUnusableError("the JWK Set has both symmetric keys and key pairs: split it in two")
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
        """Return the keys for `algorithms` of another issuer's JWK Set. The others are in `skipped`.

        A member without alg gets the only one of `algorithms` that fits its type. A null counts as absent.
        `use` is compared with that of the member, if it has one. Keys are found by kid and alg, so several
        keys may share a kid. Private and symmetric keys are always skipped.

        Raises `KeyUnusableError` if no key can be used, and `TypeError` or `ValueError` for a wrong call.
        """
        selection = select(_members(jwks), algorithms, use)
        if not selection.keys:
            raise KeyUnusableError(f"no key of the JWK Set can be used{_list(selection.skipped)}")
        return _Published(selection)

    def to_dict(self, *, private: bool = False) -> dict[str, list[dict[str, object]]]:
        """Return the JWK Set: public keys only, unless `private`."""
        if private:
            return {"keys": [key.to_dict(private=key.private) for key in self]}
        return {"keys": [key.to_dict() for key in self if key.kty != "oct"]}

    def find(self, header: Mapping[str, object]) -> Key:
        """Return the key with the kid of the header. Raises `UnknownKey`."""
        kid = header.get("kid")
        key = self._by_kid.get(kid) if isinstance(kid, str) else None
        return self._find(header) if key is None else key

    def _find(self, header: Mapping[str, object]) -> Key:
        """Return the only key, or the one of kid and alg, or the only one that the header can mean."""
        kid, alg = header.get("kid", ""), _text_of(header.get("alg")) or ""
        candidates = [self._by_name[kid, alg]] if isinstance(kid, str) and (kid, alg) in self._by_name else []
        if len(self._keys) == 1 and self._keys[0].is_named_by(header):
            candidates = [*self._keys]
        elif kid == "":
            candidates = [key for key in self._keys if self._is_candidate(key, alg)]
        if len(candidates) == 1:
            return candidates[0]
        raise UnknownKey(self._explain(kid))

    def _is_candidate(self, key: Key, alg: str) -> bool:
        """Return whether a header with `alg` and without a kid can mean `key`."""
        return alg in FITS and key.use == FITS[alg].use

    def _explain(self, kid: object) -> str:
        """Return why no key was found, with the reason if the key was skipped."""
        if kid == "":
            return _(
                "the header names no key, and not exactly one of the set fits{skipped}",
                skipped=_list(self.skipped),
            )
        namesakes = [skipped for skipped in self.skipped if skipped.kid == kid]
        if not namesakes:
            return _("no key of the set has the header's kid")
        return _("the key that the header names cannot be used{skipped}", skipped=_list(namesakes))

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"<KeySet of {len(self)}{skipped}>"

    def __getstate__(self) -> dict[str, object]:
        """Pickle without the known headers, which contain functions of cryptography."""
        return {**self.__dict__, "known_headers": {}}


class _Published(KeySet):
    """The keys of another issuer's set, in which keys of several algorithms may share a kid."""

    def __init__(self, selection: Selection) -> None:
        self._fill(selection.keys, selection.skipped)

    def _is_candidate(self, key: Key, alg: str) -> bool:
        return key.alg == alg


def check_published_call(algorithms: Collection[str], use: str) -> None:
    """Raise `TypeError` or `ValueError` for what `KeySet.published` would not take."""
    select([], algorithms, use)


def source(keys: object) -> KnownHeaders:
    """Return the known headers of `keys`. Raises `TypeError` for an object that is not a `KeySource`.

    Called before any token is read. A source without known headers gets an empty dict.
    """
    headers: KnownHeaders | None = getattr(keys, "known_headers", None)
    if type(headers) is dict:
        return headers
    if not callable(getattr(keys, "find", None)) or isinstance(keys, _TEXT):
        raise TypeError(f"keys must be a Key, a KeySet or another KeySource, got {type(keys).__name__}")
    return {}


def _members(jwks: object) -> list[object]:
    members = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(members, list):
        raise KeyUnusableError(describe_no_set(jwks))
    return members


def _own_members(jwks: object) -> list[Mapping[str, object]]:
    values = _members(jwks)
    if len(values) > MAX_KEYS:
        raise KeyUnusableError(f"the set has more than {MAX_KEYS} keys: remove some")
    members = [member for member in values if isinstance(member, Mapping)]
    if len(members) != len(values):
        raise KeyUnusableError(describe_no_set(jwks))
    return members


def _text_of(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _list(skipped: Collection[Skipped]) -> str:
    """Return the reasons as the end of a sentence."""
    reasons = [member.reason for member in skipped][:_REASONS]
    more = f"; and {len(skipped) - _REASONS} more" if len(skipped) > _REASONS else ""
    return f": {'; '.join(reasons)}{more}" if reasons else ""
