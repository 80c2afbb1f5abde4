import time

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import issuers, sessions, tokens
from django_jwtkit.jose import Key, KeySet, jws
from django_jwtkit.jose.wire.encoding import dumps

OURS = "https://api.example.com"
ISS = "https://sso.example.com/realms/acme"
SECOND = "https://other.example.com"
KEY = Key.generate("ES256", kid="k1")
SECOND_KEY = Key.generate("ES256", kid="k1")  # the same kid
JWTKIT = {
    "ISSUER": OURS,
    "AUDIENCE": "orders",
    "TRUSTED_ISSUERS": {
        ISS: {"AUDIENCE": "orders", "USER": "stateless", "JWKS": KeySet([KEY.public()]).to_dict()},
        SECOND: {"AUDIENCE": "orders", "JWKS": KeySet([SECOND_KEY.public()]).to_dict()},
    },
}


class World:
    """A user with a login, an issuer that is trusted, and the settings of the project."""

    def __init__(self, settings):
        self.settings = settings
        self.configure()
        self.alice = get_user_model().objects.create_user("alice", password="a long pass phrase")
        self.pair = sessions.start(self.alice)

    def configure(self, **changes):
        """Change settings of ours, and of the entry of the issuer those in lower case."""
        own = {name: value for name, value in changes.items() if name.isupper()}
        entry = {name.upper(): value for name, value in changes.items() if not name.isupper()}
        trusted = {**JWTKIT["TRUSTED_ISSUERS"], ISS: {**JWTKIT["TRUSTED_ISSUERS"][ISS], **entry}}
        self.settings.JWTKIT = {**JWTKIT, "TRUSTED_ISSUERS": trusted, **own}

    def signing_key(self):
        from django_jwtkit import keys
        from django_jwtkit.moments import now

        return keys.signing_key("access", now=now(), lifetime=tokens.ACCESS.lasts)

    def own(self, key=None, typ="at+jwt", **claims):
        """Return a token that our own key has signed, or another key, with other claims."""
        present, key = int(time.time()), key or self.signing_key()
        good = {"iss": OURS, "aud": "orders", "sub": str(self.alice.pk), "jti": "x" * 22}
        return self.sign({**good, "iat": present, "exp": present + 300, **claims}, key, typ)

    def foreign(self, key=KEY, typ="at+jwt", **claims):
        present = int(time.time())
        good = {"iss": ISS, "aud": "orders", "sub": "7", "iat": present, "exp": present + 300}
        return self.sign({**good, **claims}, key, typ)

    @staticmethod
    def sign(claims, key, typ):
        """Sign what `jwt.encode` would refuse, too; None leaves a claim out."""
        present = {name: value for name, value in claims.items() if value is not None}
        return jws.sign(dumps(present), key, header={} if typ is None else {"typ": typ})


@pytest.fixture
def world(settings, db):
    issuers.forget()
    yield World(settings)
    issuers.forget()
