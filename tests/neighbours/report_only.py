"""The policy of the test project as a report: the themes have scripts of their own in their pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ENFORCED = "Content-Security-Policy"


class ReportOnly:
    """Middleware outside of the one that sends the policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers[f"{ENFORCED}-Report-Only"] = response.headers.pop(ENFORCED)
        return response
