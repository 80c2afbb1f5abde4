"""The face to Django REST framework.

No view may be named here: DRF resolves `DEFAULT_AUTHENTICATION_CLASSES` while its own views are half
imported.
"""

from .authentication import JWTAuthentication, JWTStatelessAuthentication
from .challenges import translated_errors
from .cookies import JWTCookieAuthentication

__all__ = ["JWTAuthentication", "JWTCookieAuthentication", "JWTStatelessAuthentication", "translated_errors"]
