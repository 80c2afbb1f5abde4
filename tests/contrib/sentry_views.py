"""Views of a project that is careless with tokens."""

import logging

import sentry_sdk
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit.drf import JWTAuthentication


class Holder:
    """An object whose repr says what it holds."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"<Holder {self.text}>"


def fail(user):
    """A `CLAIMS_FUNCTION` with a fault."""
    raise RuntimeError("the project's own trouble")


class Fail(APIView):
    """Has the token in every place that Sentry looks at."""

    authentication_classes = (JWTAuthentication,)

    def post(self, request):
        text = request.headers["authorization"].split()[1]
        octets, nested = text.encode(), {"a": [{"b": {"text": text}}, (text, {text})]}
        line = f"the client sent Bearer {text}, and {request.data}"
        holder = Holder(text)
        sentry_sdk.add_breadcrumb(message=line, data={"sent": text, "holder": holder})
        sentry_sdk.set_extra("sent", nested)
        sentry_sdk.set_context("sent", {"octets": octets, "line": line})
        sentry_sdk.set_tag("start", text[:150])
        raise ValueError(line)


class Tell(APIView):
    """Logs an error, with the token in message, arguments and fields."""

    authentication_classes = (JWTAuthentication,)

    def post(self, request):
        text = request.headers["authorization"].split()[1]
        logging.getLogger("project").error("refused %s of %s", text, request.data, extra={"sent": text})
        return Response({})


urlpatterns = [
    path("api/", include("django_jwtkit.drf.urls")),
    path("fail/", Fail.as_view()),
    path("tell/", Tell.as_view()),
]
