"""A project's own classes and views in the document, and what it says of them itself."""

import pytest
from django.db import models
from django.urls import include, path
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.serializers import Serializer

import django_jwtkit.contrib.spectacular  # noqa: F401
from django_jwtkit.drf import JWTAuthentication, views
from django_jwtkit.drf.bodies.fields import name_field

pytestmark = pytest.mark.once


class SomewhereAuthentication(JWTAuthentication):
    """Finds its token where only the project knows."""

    def get_token(self, request):
        return request.GET.get("token")


def login_views():
    """A login of the project's own, which describes what it adds; and one with a class that is decorated."""

    class LoginView(views.TokenObtainPairView):
        @extend_schema(summary="Log in here", responses={200: OpenApiTypes.OBJECT, 418: OpenApiTypes.STR})
        def post(self, request, **kwargs):
            return super().post(request, **kwargs)

    @extend_schema(tags=["door"])
    class DoorView(LoginView):
        pass

    return {"it": LoginView, "door": DoorView}


def operation_of(view):
    others = path("other/", views.TokenObtainPairView.as_view())  # or the tag would be another
    generator = SchemaGenerator(patterns=[path("it/", view.as_view()), others])
    with GENERATOR_STATS.silence():
        operations = generator.get_schema(request=None, public=True)["paths"]["/it/"]
        return next(iter(operations.values())), [*GENERATOR_STATS._warn_cache]


def test_a_token_from_elsewhere_is_left_to_the_project():
    """One warning names the class and the remedy; nothing false is said."""

    class View(GenericAPIView):
        authentication_classes = (SomewhereAuthentication,)
        permission_classes = (IsAuthenticated,)
        serializer_class = Serializer

        def get(self, request): ...

    operation, warnings = operation_of(View)
    assert "security" not in operation
    assert any("SomewhereAuthentication finds its token" in warning for warning in warnings)


def test_what_extend_schema_says_wins():
    """On a method or on the class of a subclass; the rest stays as the table has it."""
    for tag, view in login_views().items():
        operation, warnings = operation_of(view)
        assert (operation["summary"], operation["tags"], warnings) == ("Log in here", [tag], [])
        assert set(operation["responses"]) == {"200", "418"}
        assert operation["description"].startswith("Exchanges a name and a password")
        assert operation["security"] == [{}]


NUMBER_OR_TEXT = {"oneOf": [{"type": "integer"}, {"type": "string"}]}


@pytest.mark.parametrize(
    ("column", "schema"), [(models.IntegerField, NUMBER_OR_TEXT), (models.UUIDField, {"type": "string"})]
)
def test_a_login_name_may_be_a_number(column, schema):
    """Where the column of `USERNAME_FIELD` is one; then text is read too."""
    column = column(name="member")
    column.set_attributes_from_name("member")
    assert AutoSchema()._map_serializer_field(name_field(column), "request") == {**schema, "writeOnly": True}


def test_our_endpoints_need_no_schema_class_of_the_project(settings):
    """`DEFAULT_SCHEMA_CLASS` is DRF's own: the project's views can't be described, ours are."""
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["django_jwtkit.drf.JWTAuthentication"]}
    generator = SchemaGenerator(patterns=[path("api/", include("django_jwtkit.drf.urls"))])
    with GENERATOR_STATS.silence():
        assert "JWTPair" in generator.get_schema(request=None, public=True)["components"]["schemas"]
        assert not GENERATOR_STATS
