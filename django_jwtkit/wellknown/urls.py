"""Where other services look for our public keys."""

from django.urls import path

from .views import jwks

urlpatterns = [path(".well-known/jwks.json", jwks, name="jwtkit_jwks")]
