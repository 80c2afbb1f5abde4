"""The bodies of our answers and the ways to authenticate, as JSON Schema under a name of their own."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from django.conf import settings
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, build_bearer_security_scheme_object

from django_jwtkit.conf import conf

Schema = dict[str, Any]
Definition = Schema | Callable[[], Schema]

TEXT: Final[Schema] = {"type": "string"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
SECONDS: Final[Schema] = {"type": "integer", "description": "Seconds since 1970-01-01 UTC."}
ACCESS: Final[Schema] = {"type": "string", "description": "Sent with each request, until it expires."}
REFRESH: Final[Schema] = {"type": "string", "description": "Exchanged for new tokens: store the newest one."}
CODE: Final[Schema] = {
    "type": "string",
    "description": "For programs: it never changes and is not translated.",
}


def _object(properties: Mapping[str, Schema], *optional: str, **more: object) -> Schema:
    required = [name for name in properties if name not in optional]
    demand = {"required": required} if required else {}
    return {"type": "object", "properties": dict(properties), **demand, **more}


def _refreshed() -> Schema:
    """Return the answer to a refresh, which the settings decide."""
    return _object({"access": ACCESS, "refresh": REFRESH} if conf().ROTATE_REFRESH else {"access": ACCESS})


# All begin with `JWT`, so that a project's own serializers do not have the same names.
BODIES: Final[Mapping[str, Definition]] = {
    "JWTEmpty": {"type": "object", "additionalProperties": False},
    "JWTPair": _object({"refresh": REFRESH, "access": ACCESS}),
    "JWTRefreshed": _refreshed,
    "JWTExpiry": _object(
        {
            "access_expires_at": {**MOMENT, "description": "When the access cookie expires."},
            "session_expires_at": {**MOMENT, "description": "When the login ends, unless it is refreshed."},
        }
    ),
    "JWTActive": _object(
        {
            "active": {"type": "boolean", "description": "True."},
            "sub": {**TEXT, "description": "The ID of the user."},
            "exp": SECONDS,
            "token_type": {**TEXT, "description": "Bearer."},
            "iat": SECONDS,
            "iss": TEXT,
            "aud": {"oneOf": [TEXT, {"type": "array", "items": TEXT}]},
            "jti": TEXT,
            "sid": {"type": "string", "format": "uuid", "description": "The ID of the session."},
            "client_id": TEXT,
            "scope": TEXT,
        },
        *("iat", "iss", "aud", "jti", "sid", "client_id", "scope"),
    ),
    "JWTInactive": _object(
        {"active": {"type": "boolean", "description": "False: nothing else is said of such a token."}},
        additionalProperties=False,
    ),
    "JWTDetail": _object({"detail": TEXT}),
    "JWTRefusal": _object({"detail": TEXT, "code": CODE}, "code"),
    "JWTInvalid": _object(
        {"detail": {**TEXT, "description": "Why the body can't be read."}},
        "detail",
        description="The errors of each field, under its name.",
        additionalProperties={"type": "array", "items": TEXT},
    ),
    "JWTUnsupported": _object(
        {"error": {**TEXT, "description": "`unsupported_token_type` (RFC 7009 §2.2.1)."}}
    ),
}


def header_scheme(schemes: Sequence[str], header: str = "HTTP_AUTHORIZATION") -> Schema:
    """Return the definition of a header whose value is one of `schemes` and a token: Bearer, if it may be."""
    is_bearer = any(scheme.lower() == "bearer" for scheme in schemes)
    return dict(build_bearer_security_scheme_object(header, "Bearer" if is_bearer else schemes[0], "JWT"))


def _csrf() -> Schema:
    name = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
    text = "Django's CSRF token, which unsafe requests with cookies must bring. `csrf/` hands it out."
    return {"type": "apiKey", "in": "header", "name": name, "description": text}


def _cookie(name: str, text: str) -> Schema:
    return {"type": "apiKey", "in": "cookie", "name": name, "description": text}


BEARER, CSRF, ACCESS_COOKIE, REFRESH_COOKIE = "jwtAuth", "csrfToken", "jwtCookieAuth", "jwtRefreshCookie"
SECURITY: Final[Mapping[str, Callable[[], Schema]]] = {
    BEARER: lambda: header_scheme(conf().AUTH_SCHEMES),
    CSRF: _csrf,
    ACCESS_COOKIE: lambda: _cookie(conf().cookies.access, "The access token, which the login sets."),
    REFRESH_COOKIE: lambda: _cookie(conf().cookies.refresh, "The refresh token, which the login sets."),
}


def body(schema: AutoSchema, *names: str) -> Schema:
    """Return a reference to the body of that name, or to one of several; the document then holds them."""
    references = [_reference(schema, ResolvedComponent.SCHEMA, name, BODIES[name]) for name in names]
    return references[0] if len(references) == 1 else {"oneOf": references}


def requirement(schema: AutoSchema, *names: str, **others: Definition) -> dict[str, list[str]]:
    """Return the requirement of all of these security schemes, which the document then holds.

    `names` are those of `SECURITY`; `others` bring their definitions.
    """
    definitions = {**{name: SECURITY[name] for name in names}, **others}
    for name, definition in definitions.items():
        _reference(schema, ResolvedComponent.SECURITY_SCHEMA, name, definition)
    return {name: [] for name in definitions}


def _reference(schema: AutoSchema, kind: Any, name: str, definition: Definition) -> Schema:
    """Return a reference to a component, whose identity is its name: many views and classes share it."""
    schema_object = definition() if callable(definition) else definition
    component = ResolvedComponent(name, kind, deepcopy(schema_object), name)  # hooks may change it
    schema.registry.register_on_missing(component)
    return dict(component.ref)


def dotted_name(kind: type) -> str:
    """Return module and name of a class, as an import path has them."""
    return f"{kind.__module__}.{kind.__qualname__}"
