"""The warnings: settings that work, and are weaker than they look."""

from collections.abc import Mapping
from typing import Final

from .definition import Fault

WARNINGS: Final[Mapping[str, Fault]] = {
    # the database
    "W015": Fault(
        "Keys were not checked, and `migrate` makes none: {reason}.",
        "Let KEYRING_SCOPE work outside of requests too, or run the command once for each tenant.",
    ),
    "W001": Fault(
        "ACCESS_TOKEN_LIFETIME is {value}: a stolen access token stays valid that long.",
        "Set it to {most} or less; refreshing is what makes a login last.",
    ),
    "W002": Fault(
        "REFRESH_TOKEN_LIFETIME is {value}: a forgotten login stays open that long.",
        "Set it to {most} or less.",
    ),
    "W003": Fault(
        "USER_ID_FIELD: {model}.{field} may pass to another person, when a user changes it or is deleted. "
        "That person then gets the tokens that were issued for it.",
        'Set USER_ID_FIELD to a field that never changes hands: "pk", where that is a number or a UUID. '
        "Sessions survive the switch, access tokens and links do not (docs/users-passwords-tokens.md).",
    ),
    "W004": Fault(
        "Ring {ring!r}: a key signs for {value}, but its tokens live for {lifetime}: about {count} keys "
        "will be trusted at a time.",
        "Set {place} to at least {lifetime}.",
    ),
    "W005": Fault(
        "`manage.py {command}` runs the command of {app!r}, not ours.",
        'Put "django_jwtkit" in front of {app!r} in INSTALLED_APPS.',
    ),
    "W006": Fault(
        "{first} comes before JWTAuthentication in DEFAULT_AUTHENTICATION_CLASSES: {effect}.",
        "Put django_jwtkit.drf.JWTAuthentication first.",
    ),
    "W007": Fault(
        "SESSION_CACHE is set but never used: CHECK_SESSION is off.",
        "Set CHECK_SESSION to True.",
    ),
    "W008": Fault(
        "Private keys are sealed under a secret derived from SECRET_KEY: anyone who has the settings and a "
        "backup can sign tokens.",
        "Set SEALING_KEYS, with a secret that is kept apart from the settings: {recipe}",
    ),
    "W009": Fault(
        "SECRET_KEY seals the private keys, but it is {wrong}.",
        "Make another, keep this one in SECRET_KEY_FALLBACKS, run `manage.py reseal_keys`, then drop it.",
    ),
    "W010": Fault(
        "The JWKS is public, but ISSUER is not set: consumers cannot tell your tokens from another issuer's.",
        'Set ISSUER to a URL of yours, for instance "https://api.example.org", and AUDIENCE to the '
        "services that accept its tokens.",
    ),
    "W011": Fault(
        "HTTPS is not enforced: tokens may be sent in clear text.",
        "Set SECURE_SSL_REDIRECT or SECURE_HSTS_SECONDS, or silence this where a proxy enforces HTTPS.",
    ),
    "W012": Fault("The ring {ring!r} has no key that signs in the database {database!r}.", "Run: {command}"),
    "W013": Fault(
        "The key {kid!r} of the ring {ring!r} cannot be used: {reason}. Other keys are not affected.",
        "Restore the missing sealing key, or replace the key: {command}",
    ),
    "W014": Fault(
        "Ring {ring!r} has no standby, and its key has been signing since {since}. rotate_keys runs "
        "less often than ROTATION_INTERVAL ({interval}) says, or the standby was deleted. The active key "
        "signs until it runs.",
        "Run it more often, or raise ROTATION_INTERVAL. Now run: {command}",
    ),
    "W058": Fault(
        "Ring {ring!r}: rotate_keys {reason}. ROTATION_INTERVAL promises a run within {interval}.",
        "Have cron run it, or raise ROTATION_INTERVAL. Now run: {command}",
    ),
    "W059": Fault(
        "DENY_KIDS names the key {key!r} of the ring {ring!r}, and its row is not revoked yet.",
        "Run: {command}, which revokes it. If it is denied by mistake, take it out of DENY_KIDS first.",
    ),
    "W018": Fault(
        "The clock of this host is {lag} the database {database!r}, more than CLOCK_SKEW ({allowed}). "
        "Keys, tokens and sessions use the database's clock.",
        "Set this host's clock (NTP); if it is right, set the database server's.",
    ),
    "W020": Fault(
        "REFRESH_STRAYS is None: a thief who refreshes within REFRESH_GRACE of the owner, each time, is "
        "reported and never stopped.",
        "Leave it out, or set it to a whole number; or silence this where refresh_reused has a receiver.",
    ),
    "W057": Fault(
        "RECORD_CLIENT is False: nobody can tell two clients apart, so a thief who refreshes within "
        "REFRESH_GRACE of the owner, each time, is not noticed.",
        "Set it to True, with CLIENT_ADDRESS cutting the address to its network; or silence this.",
    ),
    "W021": Fault(
        "REFRESH_GRACE is zero: two tabs that refresh at once, or a retry, end their user's session.",
        "Set it to a few seconds; the default is 10.",
    ),
    "W024": Fault(
        "Ring {ring!r} is published and signs with {algorithm}, a name that few verifiers support: PyJWT, "
        "jsonwebtoken, aws-jwt-verify and mod_auth_openidc refuse its tokens.",
        "Set its ALGORITHM to {instead}, or silence this if all your verifiers support {algorithm}.",
    ),
    # before a deployment
    "W025": Fault(
        "REST_FRAMEWORK sets no rate for the scope jwtkit_login: anyone may guess passwords without limit.",
        'Set DEFAULT_THROTTLE_RATES = {{"jwtkit_login": "10/min", …}} in REST_FRAMEWORK.',
    ),
    "W026": Fault(
        'The cache "default", in which DRF counts requests, is {backend}: {effect}.',
        "Use a cache that all processes share, for instance django.core.cache.backends.redis.RedisCache.",
    ),
    "W027": Fault(
        "Rates are set, but neither NUM_PROXIES nor CLIENT_ADDRESS: behind a proxy all clients count as "
        "one, and a few requests lock all users out.",
        "Set NUM_PROXIES in REST_FRAMEWORK to the number of your proxies (0 for none), or CLIENT_ADDRESS "
        "in JWTKIT.",
    ),
    "W028": Fault(
        "KEYRING_MAX_AGE is {value}: our own processes accept a revoked key that long.",
        "Set it to at most {most}.",
    ),
    "W029": Fault(
        "SIGNING_MAX_AGE is {value}: a process that is cut off from the database signs with a revoked key "
        "that long.",
        "Set it to at most {most}.",
    ),
    "W030": Fault(
        "KEYRING_MAX_STALE is {value}: while the database is away, revoked keys are accepted that long.",
        "Set it to at most {most}.",
    ),
    "W031": Fault(
        "JWKS_MAX_AGE + CONSUMER_CACHE is {value}: services that expire their cache may accept a revoked key "
        "that long.",
        "Set them to at most {most} together.",
    ),
    "W032": Fault(
        "ACCESS_TOKEN_LIFETIME is {value} and CHECK_SESSION is off: an access token stays valid that long "
        "after its user has logged out or was locked out.",
        "Set it to at most {most}, or set CHECK_SESSION to True.",
    ),
    "W033": Fault(
        "REFRESH_GRACE is {value}: that long, a stolen refresh token can be used beside its owner's.",
        "Set it to at most {most}.",
    ),
    "W034": Fault(
        "SESSION_LIFETIME is {value}: a login that keeps refreshing needs no new authentication that long.",
        "Set it to at most {most}.",
    ),
    "W035": Fault(
        "Ring {ring!r}: ROTATE_EVERY is {value}: anyone who copies a key can use it that long.",
        "Set {place} to at most {most}.",
    ),
    "W036": Fault(
        "LEEWAY is {value}: every token is accepted that long after it has expired.",
        "Set it to at most {most}, and synchronise the clocks of your hosts (NTP).",
    ),
    "W037": Fault(
        "CLOCK_SKEW is {value}: a revoked or retired key is trusted that much longer.",
        "Set it to at most {most}, and synchronise the clocks of your hosts (NTP).",
    ),
    "W038": Fault(
        "SEALING_KEYS: the file of the key {id!r} may be {done} by other users of the machine (mode {mode}).",
        "Run: chmod 600 {path}",
    ),
    "W039": Fault(
        "Ring {ring!r} encrypts with RSA-OAEP, which is built on SHA-1.",
        'Set {place} to "RSA-OAEP-256", or to "ECDH-ES+A256KW".',
    ),
    "W040": Fault(
        "The JWKS is public, but AUDIENCE is not set: a token for one service is accepted by every other "
        "one.",
        'Set AUDIENCE to the name of this service, for instance "https://api.example.org".',
    ),
    "W041": Fault(
        "ISSUER is {issuer!r}: consumers would fetch the keys that they trust without TLS.",
        "Set ISSUER to an https:// URL.",
    ),
    "W042": Fault(
        "SESSION_CACHE is {backend}: {effect}.",
        "Use a cache that all processes share, for instance django.core.cache.backends.redis.RedisCache, or "
        "set SESSION_CACHE to None.",
    ),
    "W016": Fault(
        "ACCEPT_SIMPLEJWT: tokens by the old key are accepted until {until}, longer than {most}.",
        "Set UNTIL to when the last old refresh token expires.",
    ),
    "W017": Fault(
        "ACCEPT_SIMPLEJWT: no token of simplejwt is accepted since {until}.",
        "Take ACCEPT_SIMPLEJWT and SIMPLE_JWT out of the settings.",
    ),
    "W019": Fault(
        "CHECK_SESSION is True, and access tokens of simplejwt are accepted, which have no session: each is "
        "good until it expires, or until its user is logged out everywhere.",
        "Set CHECK_SESSION once ACCEPT_SIMPLEJWT has gone, or silence jwtkit.W019.",
    ),
    "W022": Fault(
        "KEYRING_SCOPE is set, and tokens of simplejwt name no tenant: each is good for the user of the same "
        "ID in every tenant, as it was before.",
        "Give the tenants different signing keys in SIMPLE_JWT, or let ACCEPT_SIMPLEJWT end soon.",
    ),
    "W044": Fault(
        "ROTATE_REFRESH is False: a stolen refresh token works beside its owner's for {value}, unnoticed.",
        "Set it to True once every client stores the refresh token of each answer.",
    ),
    "W045": Fault(
        "SIMPLE_JWT is set, and ACCEPT_SIMPLEJWT is not: tokens of simplejwt are refused, and its users must "
        "log in again.",
        'Set JWTKIT["ACCEPT_SIMPLEJWT"] = {{"UNTIL": …}}. When no old token is left, take out of SIMPLE_JWT '
        "what signs and verifies: {names}.",
    ),
    "W050": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: an issuer of Auth0 ends with a slash, which is compared exactly.",
        "Write {issuer!r} with a slash at its end.",
    ),
    "W051": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: an access token of Cognito has no aud.",
        'Set AUDIENCE_CLAIM to "client_id", and REQUIRE to {{"token_use": "access"}}.',
    ),
    "W052": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: LEEWAY is {value}: an expired token is accepted for as long.",
        "Set it to at most {most}, and set the clocks of your machines (NTP).",
    ),
    "W053": Fault(
        "CHECK_SESSION is on, and tokens of TRUSTED_ISSUERS are accepted without a session: a logout here "
        "does not end them.",
        "Keep in mind that they are good until they expire; or let their issuer end them.",
    ),
    "W054": Fault(
        'TRUSTED_ISSUERS[{issuer!r}]: anyone may register there, and with USER "create" becomes a user.',
        'Set REQUIRE, for instance {{"hd": "example.com"}}, or USER to "linked" or a function that decides.',
    ),
    "W055": Fault(
        "ISSUER names the host {host!r}, which no entry of ALLOWED_HOSTS matches: its metadata and its JWKS "
        "are answered with 400 there.",
        "Add the host to ALLOWED_HOSTS, or correct ISSUER.",
    ),
    "W056": Fault(
        "ISSUER has the path {path!r}, and its metadata are served below {served!r}.",
        'Include django_jwtkit.wellknown.urls at the root ("") or below the path of ISSUER.',
    ),
    "W043": Fault(
        "Ring {ring!r} encrypts with dir and {enc}: one content key for all its tokens, whose random nonces "
        "repeat after about 2 ** 32 of them.",
        'Set {place} to "A256KW", or CONTENT_ENCRYPTION to "A256CBC-HS512".',
    ),
    # browsers
    "W060": Fault(
        "CORS_ALLOWED_ORIGINS lets {origin} send cookies, but CSRF_TRUSTED_ORIGINS does not name it: each of "
        "its writing requests gets a 403.",
        "Add {origin!r} to CSRF_TRUSTED_ORIGINS.",
    ),
    "W061": Fault(
        "MIDDLEWARE: LoginRequiredMiddleware stands in front of JWTMiddleware.",
        "Put django_jwtkit.middleware.JWTMiddleware in front of it, behind AuthenticationMiddleware.",
    ),
}
