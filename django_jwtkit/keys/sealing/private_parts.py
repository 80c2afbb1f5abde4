"""Private keys at rest: a JWK in a compact JWE (RFC 7517 §7), bound to its row by the protected header."""

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.errors import KeyUnusableError, MalformedToken, TokenError
from django_jwtkit.jose import Key, encoding, jwe, unverified_header
from django_jwtkit.keys.store import KeyRow
from django_jwtkit.wording import Code, Message, words_of
from django_jwtkit.wording import message as _

from .derived_keys import ALGORITHM, SealingKey, sealing_key_lost, sealing_keys

ENCRYPTION: Final = "A256GCM"
LONGEST: Final = 64 * 1024  # an RSA key of 8192 bits, sealed, has 9 KiB
ROW: Final = "jwtkit_row"
SEALED_PART_DAMAGED: Final = gettext_noop("The sealed part of key {key} is damaged: {error}")
PUBLIC_PART_DAMAGED: Final = gettext_noop("The public part of key {key} is damaged: {error}")


@sensitive_variables()
def seal(key: Key, ring: str) -> str:
    """Return the private JWK of `key`, sealed under the newest sealing key for its row in `ring`."""
    newest = next(iter(sealing_keys().values()))
    header = {"cty": "jwk+json", ROW: _row(ring, key.kid or "", key.alg, key.use)}
    return jwe.encrypt(encoding.dumps(key.to_dict(private=True)), newest.key, enc=ENCRYPTION, header=header)


@sensitive_variables()
def unseal(row: KeyRow) -> Key:
    """Return the private key of `row`.

    Raises `SealingKeyLost` where this process lacks the sealing key, `KeyUnusableError` where the
    ciphertext is damaged, belongs to another row, or holds another key than the row says.
    """
    sealing_key = _sealing_key_of(row)
    try:
        jwe_token = jwe.decrypt(
            row.sealed, sealing_key.key, algorithms={ALGORITHM}, encryptions={ENCRYPTION}, max_length=LONGEST
        )
        jwk = encoding.loads(jwe_token.plaintext)
    except TokenError as error:
        raise KeyUnusableError(
            _(
                "The sealed part of key {key} is damaged, or was sealed with another secret of the same "
                "id (manage.py check --database default tells).",
                key=Code(row.kid),
            )
        ) from error
    if jwe_token.header.get(ROW) != _row(row.ring_id, row.kid, row.alg, row.use):
        raise KeyUnusableError(_("The sealed part in row {key} belongs to another row.", key=Code(row.kid)))
    key = _key(row, SEALED_PART_DAMAGED, lambda: jwk)
    if row.public_jwk and key.thumbprint() != public_key(row).thumbprint():
        raise KeyUnusableError(
            _("The sealed part in row {key} is not the private part of its public key.", key=Code(row.kid))
        )
    return key


def public_key(row: KeyRow) -> Key:
    """Return the public key of `row`, an asymmetric one. Raises `KeyUnusableError`, which names it."""
    return _key(row, PUBLIC_PART_DAMAGED, lambda: _public_members(row))


def _public_members(row: KeyRow) -> Mapping[str, object]:
    try:
        return encoding.loads(row.public_jwk.encode()) if row.public_jwk else {}
    except MalformedToken as error:
        raise KeyUnusableError(
            _("the public part is no JSON object: {error}", error=words_of(error))
        ) from error


def _key(row: KeyRow, damaged: str, jwk: Callable[[], Mapping[str, object]]) -> Key:
    try:
        return Key.reopen(jwk(), alg=row.alg, kid=row.kid)  # a sealed part, or a row with a MAC
    except KeyUnusableError as error:
        raise KeyUnusableError(Message(damaged, {"key": Code(row.kid), "error": words_of(error)})) from error


def sealed_under(row: KeyRow) -> str:
    """Return the id of the sealing key of `row`; empty where it holds no readable private part."""
    try:
        return str(unverified_header(row.sealed, max_length=LONGEST).get("kid", "")) if row.sealed else ""
    except TokenError:
        return ""


def _sealing_key_of(row: KeyRow) -> SealingKey:
    if not row.sealed:
        raise KeyUnusableError(
            _("The private part of key {key} is gone: destroyed, or never imported.", key=Code(row.kid))
        )
    keys, key_id = sealing_keys(), sealed_under(row)
    if not key_id:
        raise KeyUnusableError(
            _("The sealed part of key {key} is damaged: its header cannot be read.", key=Code(row.kid))
        )
    if key_id not in keys:
        raise sealing_key_lost(row.kid, row.ring_id, key_id)
    return keys[key_id]


def _row(ring: str, kid: str, alg: str, use: str) -> dict[str, str]:
    return {"ring": ring, "kid": kid, "alg": alg, "use": use}
