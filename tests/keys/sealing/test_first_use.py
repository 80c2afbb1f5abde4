"""What a process does when it uses a stored key for the first time."""

import pytest

from django_jwtkit import keys
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.jose.jwa.key_types import rsa

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_a_stored_key_is_not_tested_for_primes_again(alg, settings, monkeypatch):
    """It was when it was stored, and the row's MAC says that it has not changed since."""
    settings.JWTKIT = {"KEY_RINGS": {"reports": {"ALGORITHM": alg}}}
    keys.rotate("reports")
    ring = keys.keyring("reports")
    kid = next(entry.row.kid for entry in ring.snapshot.entries.values())
    keys.forget()
    monkeypatch.setattr(rsa, "is_prime_power", pytest.fail)
    entry = keys.keyring("reports").snapshot.entries[kid]
    assert entry.public().alg == entry.private().alg == alg


@pytest.mark.parametrize("name", ["n", "d", "p"])
def test_a_damaged_key_is_refused_anyway(name):
    """Its parts must belong together."""
    jwk = Key.generate("RS256").to_dict(private=True)
    jwk[name] = jwk["q"]
    with pytest.raises(KeyUnusableError):
        Key.reopen(jwk, alg="RS256", kid="a")
