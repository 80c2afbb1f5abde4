"""The view of a service that knows our published keys and nothing else: neither users nor sessions."""

from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import JWTKitError, TokenError, UnknownKey
from django_jwtkit.jose import Key, KeySet, jwt
from django_jwtkit.keys import StoredKey
from django_jwtkit.wording import message as _
from django_jwtkit.wording import moment_of, words_of

from .reading import Presented

ENCRYPTED: Final = _("cannot read the token: the key that opens it is not public.")
NOTHING_PUBLISHED: Final = _("cannot verify the token: no key is published.")
NEVER: Final = "-"
NO_SUCH_KEY: Final = _("refuses the token: no published key has its kid.")


@sensitive_variables()
def describe_jwks_view(token: Presented, row: StoredKey | None) -> str:
    """Return what such a service does with `token` after fetching the JWKS; `row` is the token's key.

    The words continue "A service that knows only our JWKS …".
    """
    if token.is_encrypted:
        return ENCRYPTED
    if row is not None and not _is_public(row):
        return _("cannot verify the token: keys of ring {ring} are not published.", ring=row.ring_id)
    try:
        return _describe(token, row, _published())
    except JWTKitError as error:
        return _("cannot judge the token: the JWKS is not available: {error}.", error=words_of(error))


@sensitive_variables()
def _describe(token: Presented, row: StoredKey | None, published: list[Key]) -> str:
    if not published:
        return NOTHING_PUBLISHED
    try:
        claims = _decode(token.text, published)
    except UnknownKey:
        return _without_the_key(token, row)
    except TokenError as error:
        return _("refuses the token: {error}.", error=words_of(error))
    end = moment_of(claims.get("exp")) or NEVER
    return _("accepts the token until {end}: it knows neither users nor sessions.", end=end)


def _is_public(row: StoredKey) -> bool:
    ring = conf().rings.get(row.ring_id)
    return bool(row.public_jwk) and ring is not None and ring.publish


def _published() -> list[Key]:
    """Return the published keys that verify."""
    return [key for key in map(Key.from_dict, keys.jwks()["keys"]) if key.use == "sig"]


@sensitive_variables()
def _decode(text: str, published: list[Key]) -> dict[str, object]:
    settings = conf()
    return jwt.decode(
        text,
        KeySet(published),
        algorithms={key.alg for key in published},
        typ=tokens.ACCESS.types,
        issuer=settings.ISSUER,
        audience=settings.audiences or None,
        now=keys.now(),
        leeway=settings.LEEWAY,
        skew=settings.CLOCK_SKEW,
    )


def _without_the_key(token: Presented, row: StoredKey | None) -> str:
    """Return what becomes of a token whose key is no longer published: caches may still hold the key."""
    settings, now = conf(), keys.now()
    if row is None or row.revoked_at is None:
        return NO_SUCH_KEY
    until = row.revoked_at + settings.JWKS_MAX_AGE + settings.CONSUMER_CACHE
    ends = min(until, moment_of((token.claims or {}).get("exp")) or until)
    if ends <= now:
        return NO_SUCH_KEY
    return _(
        "refuses the token once it has fetched the JWKS again. From a cache that expires, it may accept the "
        "token until {end}.",
        end=ends,
    )
