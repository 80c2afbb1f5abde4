"""Our authentication classes in the document: the header, or the cookie with the CSRF token.

A subclass that finds its token elsewhere is left to an extension of the project's own: only the project
knows where that is.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from drf_spectacular.drainage import warn
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from django_jwtkit.drf import JWTAuthentication, JWTCookieAuthentication
from django_jwtkit.tokens import ACCESS

from .components import ACCESS_COOKIE, BEARER, CSRF, SECURITY, Schema, dotted_name, header_scheme, requirement

ILLEGAL: Final = re.compile(r"[^A-Za-z0-9._-]")  # in the name of a component
ELSEWHERE: Final = (
    "%s finds its token elsewhere than we do: tell where, in an OpenApiAuthenticationExtension of your own."
)


class _Scheme(OpenApiAuthenticationExtension):
    """A scheme that several classes share: drf-spectacular would warn of one name for two classes.

    So `requirement` puts the definitions into the document, and none is returned.
    """

    match_subclasses = True
    hooks: ClassVar[Sequence[str]] = ("authenticate", "get_token")
    name: list[str] = []  # noqa: RUF012 - as drf-spectacular declares it

    def get_security_definition(self, auto_schema: AutoSchema) -> list[Schema]:
        return []

    def get_security_requirement(self, auto_schema: AutoSchema) -> Any:
        """Return the requirement, None where only the project knows it."""
        kind = type(self.target)
        base = next(each for each in kind.__mro__ if each.__module__.startswith("django_jwtkit."))
        if all(getattr(kind, hook) is getattr(base, hook) for hook in self.hooks):
            return self.requirement(auto_schema)
        warn(ELSEWHERE % dotted_name(kind))
        return None

    def requirement(self, auto_schema: AutoSchema) -> Any:
        raise NotImplementedError


class HeaderScheme(_Scheme):
    """A token in the Authorization header; one of another kind than `access` has a scheme of its own."""

    target_class = JWTAuthentication
    priority = -2  # an extension of the project's own comes first, and then the cookie's

    def requirement(self, auto_schema: AutoSchema) -> Any:
        if self.target.kind == ACCESS:
            return requirement(auto_schema, BEARER)
        name = ILLEGAL.sub("-", f"{self.target.kind.name}Auth")
        return requirement(auto_schema, **{name: SECURITY[BEARER]})


class CookieScheme(HeaderScheme):
    """A token in the header, or in the access cookie; there an unsafe request needs the CSRF token too."""

    target_class = JWTCookieAuthentication
    priority = -1

    def requirement(self, auto_schema: AutoSchema) -> Any:
        by_cookie = [ACCESS_COOKIE] if auto_schema.method in SAFE_METHODS else [ACCESS_COOKIE, CSRF]
        return [super().requirement(auto_schema), requirement(auto_schema, *by_cookie)]


class _ByName(type):
    """Makes a class that stands for the one of its `path`, which need not be imported for `issubclass`."""

    path: str

    def __subclasscheck__(cls, kind: type) -> bool:
        return any(dotted_name(each) == cls.path for each in kind.__mro__)


class _SimpleJWTAuthentication(metaclass=_ByName):
    path = "django_jwtkit.contrib.simplejwt.authentication.JWTAuthentication"


class SimpleJWTScheme(_Scheme):
    """A token in the header that `SIMPLE_JWT` names: our own scheme, where that is the same."""

    target_class = _SimpleJWTAuthentication
    priority = -1
    hooks = ("authenticate", "get_header", "get_raw_token")

    def requirement(self, auto_schema: AutoSchema) -> Any:
        from django_jwtkit.contrib.simplejwt.settings import api_settings  # the project has imported it

        types = api_settings.AUTH_HEADER_TYPES
        schemes = [types] if isinstance(types, str) else types
        definition = header_scheme(schemes, api_settings.AUTH_HEADER_NAME)
        if definition == SECURITY[BEARER]():
            return requirement(auto_schema, BEARER)
        return requirement(auto_schema, simplejwtAuth=definition)
