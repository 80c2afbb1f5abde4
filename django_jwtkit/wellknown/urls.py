"""Where other services look for our public keys and for the metadata of our issuer.

An issuer with a path has its metadata at two places (RFC 8414 §3.1, OpenID Connect Discovery §4): between
host and path, and below the path.
"""

from django.urls import path

from .views import jwks, metadata

OAUTH = ".well-known/oauth-authorization-server"
OPENID = ".well-known/openid-configuration"

urlpatterns = [
    path(".well-known/jwks.json", jwks, name="jwtkit_jwks"),
    path(OAUTH, metadata, name="jwtkit_metadata"),
    path(f"{OAUTH}/<path:path>", metadata),
    path(OPENID, metadata, name="jwtkit_openid"),
    path(f"<path:path>/{OPENID}", metadata),
]
