"""Our views in the document: each gets a schema class that reads its row of `operations`."""

from typing import Any, cast

from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.generics import GenericAPIView
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from .components import body, requirement
from .operations import Answer, Operation, operation_of


class PinnedViewExtension(OpenApiViewExtension):
    """Describes our views and a project's subclasses of them."""

    target_class = "django_jwtkit.drf.views.base.PinnedView"
    match_subclasses = True
    priority = -1  # an extension of the project's own comes first

    def view_replacement(self) -> type[APIView]:
        """Return the view with a schema class of ours, below all that `extend_schema` has said of it."""
        view: type[APIView] = self.target
        operation = operation_of(view)
        if operation is None:
            return view
        members: dict[str, Any] = {"schema": _schema_class(type(view.schema), operation)()}
        for name in view.http_method_names:
            method = getattr(view, name, None)
            schema = getattr(method, "kwargs", {}).get("schema")
            if schema is not None:
                members[name] = _method_with(method, _schema_class(schema, operation))
        return type(
            view.__name__, (view,), {"__doc__": view.__doc__, "__module__": view.__module__, **members}
        )


class OperationSchema(AutoSchema):
    """A schema class that reads its answers from the table."""

    operation: Operation

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Return the operation; drf-spectacular itself describes no answer that is a list."""
        operation = super().get_operation(*args, **kwargs)
        for status, answer in self.operation.answers.items():
            response = (operation or {}).get("responses", {}).get(str(status), {})
            if response.get("description") == "":
                response["description"] = answer.description
        return operation

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override] # as drf-spectacular itself overrides DRF's
        return self.operation.description

    def get_auth(self) -> list[dict[str, list[str]]]:
        if self.operation.security is None:
            return cast("list[dict[str, list[str]]]", super().get_auth())
        return [requirement(self, *names) for names in self.operation.security]

    def get_request_serializer(self) -> Any:
        """Return the serializer of the body; an empty dict where none is read."""
        return super().get_request_serializer() if self.operation.reads_body else {}

    def map_parsers(self) -> list[str]:
        """Return JSON alone: of several media types for one body, generated clients send the last."""
        return ["application/json"]

    def get_response_serializers(self) -> Any:
        return {
            status: self._response(status, answer)
            for status, answer in sorted(self.operation.answers.items())
        }

    def get_override_parameters(self) -> list[Any]:
        successes = [status for status in self.operation.answers if status < 300]
        return [
            OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text, response=successes)
            for name, text in self.operation.headers.items()
        ]

    def _response(self, status: int, answer: Answer) -> Any:
        if self.operation.lists and status < 300:
            return cast("GenericAPIView[Any]", self.view).get_serializer_class()(many=True)
        return OpenApiResponse(body(self, *answer.bodies) if answer.bodies else None, answer.description)


def _schema_class(extended: type, operation: Operation) -> type[AutoSchema]:
    """Return a schema class of `operation`, below what `extended` adds to the project's own class."""
    base = cast("type[AutoSchema]", api_settings.DEFAULT_SCHEMA_CLASS)
    if not issubclass(base, AutoSchema):
        base = AutoSchema
    added = [each for each in extended.__mro__ if issubclass(each, AutoSchema) and not issubclass(base, each)]
    return type("OperationSchema", (*added, OperationSchema, base), {"operation": operation})


def _method_with(method: Any, schema: type[AutoSchema]) -> Any:
    """Return a stand-in for `method`, from which drf-spectacular takes `schema`."""

    def stand_in(view: APIView) -> None: ...

    stand_in.__doc__ = method.__doc__
    stand_in.kwargs = {"schema": schema}  # type: ignore[attr-defined]
    return stand_in
