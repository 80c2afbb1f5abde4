"""What all our views share, pinned: no project setting may change what a token endpoint reads or answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connections, transaction
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_post_parameters
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import BasePagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit import sessions
from django_jwtkit.drf.bodies.parsers import StrictFormParser, StrictJSONParser, StrictMultiPartParser
from django_jwtkit.drf.throttles import ScopeThrottle
from django_jwtkit.log_limit import limit_djangos_line

if TYPE_CHECKING:
    from rest_framework.views import AsView, GenericView


class JSONOnly(BaseContentNegotiation):
    """JSON out, whatever `Accept` or `?format=` asks for; in, the media type's parser, or a 415."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = request.content_type.partition(";")[0].strip().lower()
        return {parser.media_type: parser for parser in parsers}.get(sent)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


class PinnedView(APIView):
    """A view of ours: JSON in, JSON out, not cached, no transaction around it.

    A session that ends over a stolen token must stay ended after the 401, hence `non_atomic_requests`.
    """

    authentication_classes: Sequence[type[BaseAuthentication]] = ()
    permission_classes: Sequence[type[BasePermission]] = ()
    parser_classes = (StrictJSONParser, StrictFormParser, StrictMultiPartParser)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = JSONOnly
    throttle_classes = (ScopeThrottle,)
    throttle_scope: ClassVar[str | None] = None
    versioning_class = None
    pagination_class: type[BasePagination] | None = None
    http_method_names = [name for name in APIView.http_method_names if name != "options"]  # noqa: RUF012
    limits_djangos_line: ClassVar[bool] = True  # in `finalize_response`

    http_request: HttpRequest  # Django's own, for `authenticate()`, signal receivers and `CLIENT_ADDRESS`

    @classmethod
    def as_view(cls, **initkwargs: Any) -> "AsView[GenericView]":
        view = sensitive_post_parameters()(super().as_view(**initkwargs))
        for alias in connections:
            transaction.non_atomic_requests(using=alias)(view)
        return view

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        self.http_request = request
        return super().initialize_request(request, *args, **kwargs)

    @property
    def default_response_headers(self) -> dict[str, str]:
        headers = super().default_response_headers
        vary = ", ".join(filter(None, (headers.get("Vary"), "Authorization")))
        return {**headers, "Vary": vary, "Cache-Control": "private, no-store"}

    def handle_exception(self, exc: Exception) -> Response:
        """Answer `exc`, and keep DRF from rolling back the caller's transaction.

        Under `ATOMIC_REQUESTS` DRF marks each open transaction for rollback. The only one open around us
        is that of a project's `TestCase`, whose next query would fail. A savepoint would take the mark as
        well, but PostgreSQL makes none after an error.
        """
        ours = [each for each in connections.all(initialized_only=True) if each.in_atomic_block]
        marks = [connection.get_rollback() for connection in ours]
        try:
            return super().handle_exception(exc)
        finally:
            for connection, mark in zip(ours, marks, strict=True):
                connection.set_rollback(mark)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        limit_djangos_line(response)
        return super().finalize_response(request, response, *args, **kwargs)

    def respond(self, pair: sessions.TokenPair, members: dict[str, object]) -> Response:
        """Return the answer to a login or a refresh: for browsers `pair` rides in cookies instead."""
        return Response(members)


class SerializerView(PinnedView, GenericAPIView[Any]):
    """A view of ours with a serializer: of the body that it reads, or of its answer.

    The others have none. A generator of schemas asks each `GenericAPIView` for one.
    """

    filter_backends = ()

    def validated(self, request: Request) -> Mapping[str, Any]:
        """Return the fields that the serializer has found in the body; raise `ValidationError` (400)."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)
