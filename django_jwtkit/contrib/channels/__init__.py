"""Channels with our tokens: `JWTAuthMiddleware(URLRouter([…]))`."""

from .middleware import JWTAuthMiddleware

__all__ = ["JWTAuthMiddleware"]
