"""What simplejwt issues: its own code, under settings that a test chooses."""

import warnings
from datetime import UTC, datetime, timedelta

import pytest
from django.test.signals import setting_changed

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("rest_framework_simplejwt", reason="djangorestframework-simplejwt is not installed")
    from rest_framework_simplejwt import settings as their_settings
    from rest_framework_simplejwt.backends import TokenBackend
    from rest_framework_simplejwt.settings import DEFAULTS
    from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, SlidingToken

# It would read whatever another test puts into `SIMPLE_JWT`, garbage too.
setting_changed.disconnect(their_settings.reload_api_settings)

SECRET = "the old secret of a project that simplejwt has signed for"


class OldIssuer:
    """Simplejwt under one `SIMPLE_JWT`: it reads its settings at import, and keeps them there."""

    def __init__(self, simple_jwt):
        self.settings = {**DEFAULTS, **simple_jwt}
        self._backend = TokenBackend(
            self.settings["ALGORITHM"],
            self.settings["SIGNING_KEY"],
            self.settings["VERIFYING_KEY"],
            self.settings["AUDIENCE"],
            self.settings["ISSUER"],
            None,
            self.settings["LEEWAY"],
            self.settings["JSON_ENCODER"],
        )
        self._api = AccessToken.for_user.__func__.__globals__["api_settings"]
        self._before = dict(vars(self._api))
        for name in ("USER_ID_FIELD", "USER_ID_CLAIM", "TOKEN_TYPE_CLAIM", "JTI_CLAIM"):
            setattr(self._api, name, self.settings[name])
        for name in ("CHECK_REVOKE_TOKEN", "REVOKE_TOKEN_CLAIM"):
            setattr(self._api, name, self.settings[name])

    def close(self):
        """Give simplejwt its settings back."""
        vars(self._api).clear()
        vars(self._api).update(self._before)

    def access(self, user, **claims):
        """Return an access token of `user`, with other `claims` than simplejwt would write."""
        return self._sign(AccessToken.for_user(user), claims)

    def refresh(self, user, **claims):
        return self._sign(RefreshToken.for_user(user), claims)

    def sliding(self, user, **claims):
        return self._sign(SlidingToken.for_user(user), claims)

    def _sign(self, token, claims):
        for name, value in claims.items():
            if value is None:
                token.payload.pop(name, None)
            else:
                token.payload[name] = value
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyJWT warns of short secrets, which are what is tried
            return self._backend.encode(token.payload)


def seconds(moment):
    """Return `moment` as a NumericDate."""
    return int(moment.astimezone(UTC).timestamp())


def ago(**span):
    """Return the NumericDate of so long ago."""
    return seconds(datetime.now(UTC) - timedelta(**span))
