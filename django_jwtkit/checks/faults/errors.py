"""The errors: faults that refuse valid tokens, accept invalid ones, or fail at once."""

from collections.abc import Mapping
from typing import Final

from .definition import Fault

ERRORS: Final[Mapping[str, Fault]] = {
    # the settings, one by one
    "E001": Fault("{message}.", "{hint}"),
    "E002": Fault("{message}.", "{hint}"),
    # the settings, beside one another
    "E003": Fault(
        "REFRESH_TOKEN_LIFETIME ({refresh}) is longer than SESSION_LIFETIME ({session}): no session lasts so "
        "long.",
        "Set REFRESH_TOKEN_LIFETIME to at most {session}, or SESSION_LIFETIME to at least {refresh}.",
    ),
    "E004": Fault(
        "Ring {ring!r}: PUBLISH_BEFORE ({value}) is shorter than the {least} that a new key needs to "
        "reach all consumers: tokens would be refused at each rotation.",
        "Set {place} to at least {least} ({sum}).",
    ),
    "E005": Fault(
        "Ring {ring!r}: ROTATE_EVERY ({value}) is shorter than PUBLISH_BEFORE + ROTATION_INTERVAL "
        "({least}): the next key would not be published in time.",
        "Set {place} to at least {least}.",
    ),
    "E006": Fault(
        "{name} ({value}) is shorter than {other} ({least}): a process would stop before it reloads its "
        "keys.",
        "Set {name} to at least {least}.",
    ),
    "E007": Fault("Ring {ring!r}: {algorithm!r} is no algorithm for {purpose}.", "{hint}"),
    "E008": Fault(
        "CONTENT_ENCRYPTION: {name!r} is not a content encryption algorithm.",
        "{hint}",
    ),
    "E009": Fault(
        "Encrypted {kind!r} tokens, signed by the {ring!r} ring with {algorithm}, would be about {size} "
        "characters long: verifiers reject more than {limit}.",
        "Sign with {smaller}, or do not encrypt these tokens: {place}.",
    ),
    "E033": Fault(
        "Ring {ring!r}: PUBLISH must not be True with {algorithm}, which has no public key: no other service "
        "could verify a token.",
        'Set its ALGORITHM to one with a public key, such as "ES256", or leave PUBLISH out.',
    ),
    "E010": Fault(
        "KEY_RINGS: {name!r} is not a valid name for a ring.",
        "Use lower-case letters, digits, - and _; at most 64.",
    ),
    # the settings and the project
    "E011": Fault("{name}: {path!r} cannot be imported: {reason}.", "Give the dotted path of a function."),
    "E012": Fault(
        "USER_ID_FIELD: {model} has no field {field!r}.", 'Set USER_ID_FIELD to "pk" or to one of: {known}.'
    ),
    "E013": Fault(
        "USER_ID_FIELD: {model}.{field} is {wrong}, so that a token could name two users, or none.",
        'Set USER_ID_FIELD to "pk", or make the field {remedy}.',
    ),
    "E014": Fault(
        "SESSION_CACHE: there is no cache {alias!r} in CACHES.", "Set SESSION_CACHE to one of: {known}."
    ),
    "E015": Fault("ENCRYPT: there is no kind of token {name!r}.", "{hint}"),
    # the sealing keys
    "E016": Fault(
        "SEALING_KEYS: the id {id!r} is used twice.",
        "Give each key its own id.",
    ),
    "E017": Fault("SEALING_KEYS: the key {id!r} cannot be used: {reason}.", "{hint}"),
    "E018": Fault(
        "SEALING_KEYS: the key {id!r} is SECRET_KEY, or one of its fallbacks.",
        "Give it a secret of its own: {recipe}",
    ),
    "E032": Fault(
        'SEALING_KEYS: all of them have retired ("until"), the last one at {last}: no key can be opened.',
        "Put a new one in front of them, with its own id: {recipe}",
    ),
    "E028": Fault(
        "Users ({model}) are written to the database {users!r}, and sessions to {ours!r}: no session can "
        "refer to its user, and each login fails.",
        'In your router, treat the app label "jwtkit" as that of {model}, and run: '
        "python manage.py migrate --database {users} (docs/users-passwords-tokens.md has an example).",
    ),
    "E029": Fault(
        "{model}.is_active must be a field or a property, not a method: no user counts as active, and no "
        "one can log in.",
        "Make it a field or a property.",
    ),
    "E030": Fault(
        "CLAIMS_FUNCTION: {path} must take (user) or (user, session), got {signature}.",
        "Give its other parameters defaults.",
    ),
    "E031": Fault(
        "DEFAULT_THROTTLE_RATES: {scope!r} {wrong}, got {rate!r}: each request would get a 503.",
        'Write "10/min", "100/hour" or "1000/day", or None for no limit.',
    ),
    # coming from simplejwt
    "E026": Fault(
        "ACCEPT_SIMPLEJWT: no old token can be verified. {problem}.",
        "Leave SIMPLE_JWT as it was when the tokens were issued, or set ACCEPT_SIMPLEJWT to None.",
    ),
    "E027": Fault(
        "rest_framework_simplejwt.token_blacklist is installed, and its tables are missing in the database "
        "{database!r}: no old refresh token can be judged, and each gets a 503.",
        "Run: python manage.py migrate token_blacklist --database {database}",
    ),
    "E034": Fault(
        "{serializer}.get_token() is never called: django_jwtkit.drf has no such hook, and no token has its "
        "claims.",
        "Move its claims to CLAIMS_FUNCTION, or import the serializer's base from "
        "django_jwtkit.contrib.simplejwt.serializers.",
    ),
    "E035": Fault(
        "{serializer}.validate() adds what no answer has ({members}): the view passes it on, and answers by "
        "itself.",
        "Add them in get_response_data() of a subclass of the view, or import the serializer's base from "
        "django_jwtkit.contrib.simplejwt.serializers.",
    ),
    "E036": Fault(
        "SIMPLE_JWT: {name} names {path}, and there are no sliding tokens here.",
        "Use a pair of tokens, and take it out: AccessToken alone authenticates requests.",
    ),
    "E020": Fault('Ring {ring!r}: USE must be "{use}".', "Leave USE out, or name a ring of your own."),
    # other issuers
    "E040": Fault(
        "TRUSTED_ISSUERS is set, and ISSUER {wrong}: nothing tells your own tokens from theirs.",
        "Set ISSUER to the URL of this service, and leave it out of TRUSTED_ISSUERS.",
    ),
    "E041": Fault(
        "TRUSTED_ISSUERS: {issuer!r} is named by two entries.",
        "Name each issuer and each alias once.",
    ),
    "E042": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: {name} {wrong}.",
        "Write it as its issuer does. Where the issuer is not a URL, name JWKS_URL or JWKS.",
    ),
    "E043": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: TENANTS and the placeholder {placeholder} must come together.",
        "Write the placeholder where the ID of the tenant stands, and list the IDs in TENANTS.",
    ),
    "E044": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: {name} names {path}, and there is no such file.",
        "Write the path as this process sees it.",
    ),
    "E045": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: any user of this issuer gets tokens for your AUDIENCE, because the "
        "user names the audience.",
        'Set REQUIRE to what only your tokens have, for instance {{"repository_id": "74"}}, or USER to a '
        "function that decides.",
    ),
    "E046": Fault(
        "TRUSTED_ISSUERS[{issuer!r}]: USER names {path}: {wrong}.",
        'Write "linked", "create", "stateless", or the dotted path of a function (claims, issuer).',
    ),
    # browsers
    "E050": Fault(
        "COOKIES: {name} must not begin with __Host-, since {reason}: browsers would drop the cookie.",
        'Name it "__Secure-{rest}".',
    ),
    "E051": Fault(
        'COOKIES: SAMESITE must not be "None" where cookies are not secure: browsers would drop them.',
        'Set COOKIES["SECURE"] to True, and serve the project over HTTPS.',
    ),
    "E052": Fault(
        "COOKIES: ring 'access' signs with {algorithm}, whose signatures alone are {size} bytes: browsers "
        "drop cookies over 4,096 bytes.",
        'Set ALGORITHM to "ES256" or "EdDSA".',
    ),
    "E053": Fault(
        "COOKIES: ACCESS and REFRESH must be two names, got {first!r} and {second!r}.",
        "Leave both out for the defaults. Where cookies are not secure, their prefixes are left off.",
    ),
    "E054": Fault(
        "{name} allows every origin to send cookies: each web site could read what your users may read.",
        "Name the origins of your front ends in CORS_ALLOWED_ORIGINS.",
    ),
    "E055": Fault(
        "MIDDLEWARE: JWTMiddleware must come after AuthenticationMiddleware, which would put its own user "
        "into request.user.",
        "Move django_jwtkit.middleware.JWTMiddleware behind it.",
    ),
    "E056": Fault(
        "MIDDLEWARE: JWTMiddleware authenticates by cookie, and CsrfViewMiddleware is missing: each web site "
        "could write in the name of your users.",
        "Add django.middleware.csrf.CsrfViewMiddleware.",
    ),
    # tenants
    "E023": Fault(
        "Ring {ring!r}: PUBLISH must not be True. A service that trusts the JWKS would take the tokens of "
        "this ring for access tokens.",
        "Leave PUBLISH out; to publish keys of your own tokens, name a ring of your own.",
    ),
    "E024": Fault(
        "SEALING_KEYS: the key {id!r} retires at {until}, and {keys} in the database {database!r} would be "
        "lost with it.",
        "Run: python manage.py reseal_keys",
    ),
    "E025": Fault(
        "DENY_KIDS: {entry!r} matches no key in the database {database!r}.",
        "Copy the key ID from `manage.py list_keys`, or from the log line of its revocation. Remove "
        "entries for keys that this database has never had.",
    ),
    "E021": Fault(
        "The database {database!r} has a schema for each tenant, each with its own keys, but KEYRING_SCOPE "
        "is not set: the keys of one tenant would verify tokens of another, and user 1 of one would be "
        "user 1 of the other.",
        "Set KEYRING_SCOPE to the dotted path of a function that returns the name of the current schema.",
    ),
    "E022": Fault(
        "KEYRING_SCOPE: {path!r} {wrong}, so it cannot be called to find the current keys.",
        "Give the dotted path of a plain function without arguments that returns text.",
    ),
    "E019": Fault(
        "Sealing key {id!r} has another secret in this process than in the database {database!r}.",
        "Give this host the secret that the others have under this id; a new secret needs a new id.",
    ),
}
