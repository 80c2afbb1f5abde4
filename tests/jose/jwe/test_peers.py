"""JWE with others: what joserfc and jwcrypto encrypt we decrypt, and the other way round."""

import json
import warnings

import pytest

from django_jwtkit.jose import jwe
from tests.jose.encryption import ALL, CASES, opened

joserfc = pytest.importorskip("joserfc")
jwcrypto = pytest.importorskip("jwcrypto")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from joserfc import jwe as joserfc_jwe
    from joserfc import jwk as joserfc_jwk
    from jwcrypto import jwe as jwcrypto_jwe
    from jwcrypto import jwk as jwcrypto_jwk

PLAINTEXT = "Voilà, a token for others.".encode()
NAMES = sorted(ALL["algorithms"] | ALL["encryptions"])


def bare(key):
    """Return the JWK without the members that peers interpret in their own ways."""
    return {name: value for name, value in key.to_dict(private=True).items() if name not in {"alg", "use"}}


class JoseRFC:
    """joserfc, whose keys know their type."""

    @staticmethod
    def encrypt(header, key):
        return joserfc_jwe.encrypt_compact(
            header, PLAINTEXT, joserfc_jwk.import_key(bare(key)), algorithms=NAMES
        )

    @staticmethod
    def decrypt(text, key):
        return joserfc_jwe.decrypt_compact(
            text, joserfc_jwk.import_key(bare(key)), algorithms=NAMES
        ).plaintext


class JWCrypto:
    """jwcrypto."""

    @staticmethod
    def encrypt(header, key):
        token = jwcrypto_jwe.JWE(PLAINTEXT, protected=json.dumps(header), algs=NAMES)
        token.add_recipient(jwcrypto_jwk.JWK(**bare(key)))
        return token.serialize(compact=True)

    @staticmethod
    def decrypt(text, key):
        token = jwcrypto_jwe.JWE(algs=NAMES)
        token.deserialize(text, jwcrypto_jwk.JWK(**bare(key)))
        return token.payload


@pytest.fixture(params=[JoseRFC, JWCrypto], ids=["joserfc", "jwcrypto"])
def peer(request):
    """The other library; its own warnings are its own business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield request.param


@pytest.mark.parametrize("way", CASES, ids=str)
def test_peers_read_us(way, peer):
    """Every alg, curve and enc."""
    assert peer.decrypt(jwe.encrypt(PLAINTEXT, way.key, enc=way.enc), way.key) == PLAINTEXT


@pytest.mark.parametrize("way", CASES, ids=str)
def test_we_read_peers(way, peer):
    """Every alg, curve and enc; where there are parties, with apu and apv."""
    header = {"alg": way.alg, "enc": way.enc, "kid": way.key.kid}
    parties = {"apu": "QWxpY2U", "apv": "Qm9i"} if way.crv else {}
    assert opened(peer.encrypt({**header, **parties}, way.key), way.key) == PLAINTEXT
