"""The settings of djangorestframework-simplejwt, and what replaces each of them."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Replacement(NamedTuple):
    """`ours` is the setting that replaces it, or an empty text; `note` is the advice."""

    ours: str
    note: str


_KEYS: Final = (
    "Keys are made by migrate, and rotate by themselves. The old key stays in SIMPLE_JWT, where "
    "ACCEPT_SIMPLEJWT verifies old tokens with it."
)
_SLIDING: Final = "There are no sliding tokens: use a pair of tokens."
_SERIALIZER: Final = "Set serializer_class on a subclass of the view."

SIMPLEJWT_SETTINGS: Final[Mapping[str, Replacement]] = {
    "ACCESS_TOKEN_LIFETIME": Replacement("ACCESS_TOKEN_LIFETIME", "The same."),
    "REFRESH_TOKEN_LIFETIME": Replacement(
        "REFRESH_TOKEN_LIFETIME", "The idle limit of a session; SESSION_LIFETIME is the absolute one."
    ),
    "ROTATE_REFRESH_TOKENS": Replacement(
        "ROTATE_REFRESH", "False for clients that keep their first refresh token."
    ),
    "BLACKLIST_AFTER_ROTATION": Replacement(
        "", "Always on: a spent refresh token that comes back ends its session."
    ),
    "UPDATE_LAST_LOGIN": Replacement(
        "",
        "Our login sends user_logged_in, which writes last_login. contrib.simplejwt reads it in SIMPLE_JWT.",
    ),
    "ALGORITHM": Replacement("ALGORITHM", "Of new keys."),
    "SIGNING_KEY": Replacement("", _KEYS),
    "VERIFYING_KEY": Replacement("", _KEYS),
    "AUDIENCE": Replacement("AUDIENCE", "The same. Of several, tokens are issued for the first."),
    "ISSUER": Replacement("ISSUER", "The same."),
    "JSON_ENCODER": Replacement("", "Claims are encoded as Django's DjangoJSONEncoder does it."),
    "JWK_URL": Replacement("TRUSTED_ISSUERS", "Another issuer's keys; ours are published at the JWKS URL."),
    "LEEWAY": Replacement("LEEWAY", "A timedelta."),
    "AUTH_HEADER_TYPES": Replacement("AUTH_SCHEMES", "In any case; the first one stands in challenges."),
    "AUTH_HEADER_NAME": Replacement("", "Override get_token(request) of JWTAuthentication."),
    "USER_ID_FIELD": Replacement("USER_ID_FIELD", 'The default is "pk".'),
    "USER_ID_CLAIM": Replacement(
        "", "Always sub. For clients that read another claim, add it in CLAIMS_FUNCTION."
    ),
    "USER_AUTHENTICATION_RULE": Replacement(
        "", "Override authenticate_user() of the login view; for each request, set USER_LOADER."
    ),
    "ON_LOGIN_SUCCESS": Replacement("", "Receive Django's signal user_logged_in."),
    "ON_LOGIN_FAILED": Replacement("", "Receive Django's signal user_login_failed."),
    "AUTH_TOKEN_CLASSES": Replacement("", "Set kind on a subclass of JWTAuthentication."),
    "TOKEN_TYPE_CLAIM": Replacement(
        "", "The header's typ says it. Clients that read a claim get it from CLAIMS_FUNCTION."
    ),
    "JTI_CLAIM": Replacement("", "Always jti."),
    "TOKEN_USER_CLASS": Replacement("", "Override get_user() of JWTStatelessAuthentication."),
    "SLIDING_TOKEN_REFRESH_EXP_CLAIM": Replacement("", _SLIDING),
    "SLIDING_TOKEN_LIFETIME": Replacement("", _SLIDING),
    "SLIDING_TOKEN_REFRESH_LIFETIME": Replacement("", _SLIDING),
    "TOKEN_OBTAIN_SERIALIZER": Replacement("", _SERIALIZER),
    "TOKEN_REFRESH_SERIALIZER": Replacement("", _SERIALIZER),
    "TOKEN_VERIFY_SERIALIZER": Replacement("", _SERIALIZER),
    "TOKEN_BLACKLIST_SERIALIZER": Replacement("", _SERIALIZER),
    "SLIDING_TOKEN_OBTAIN_SERIALIZER": Replacement("", _SLIDING),
    "SLIDING_TOKEN_REFRESH_SERIALIZER": Replacement("", _SLIDING),
    "CHECK_REVOKE_TOKEN": Replacement(
        "CHECK_SESSION", "A refresh always compares the password; CHECK_SESSION does so at each request."
    ),
    "REVOKE_TOKEN_CLAIM": Replacement(
        "", "No hash of a password stands in a token: it stays with the session."
    ),
    "CHECK_USER_IS_ACTIVE": Replacement("", "Always on: an inactive user is refused."),
}


def replacement_of(name: str) -> str:
    """Return the advice on a setting of simplejwt in `JWTKIT`; empty for any other name."""
    replacement = SIMPLEJWT_SETTINGS.get(name)
    if replacement is None:
        return ""
    use = f"Use {replacement.ours}. " if replacement.ours else ""
    return f"That is a setting of simplejwt. {use}{replacement.note}"
