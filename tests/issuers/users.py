"""Functions that the `USER` of an issuer may name in these tests."""

from django.contrib.auth import get_user_model


def by_email(claims, issuer):
    return get_user_model().objects.filter(email=claims.get("email")).first()


def nobody(claims, issuer):
    return None


def broken(claims, issuer):
    return claims["not there"]


def of_another_model(claims, issuer):
    from django.contrib.auth.models import Group

    return Group(pk=1)
