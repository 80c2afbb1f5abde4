"""The views of the page on async, behind uvicorn, with keys that are due to be read again all the time.

`python -m tests.neighbours.asgi_project server` prints what clients get, as JSON.
"""

import json
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from .stories import PASSWORD, configure, follow, serve, tell, uvicorn_serves

PATIENCE = 20  # seconds: the machine may be busy


def main(name: str) -> dict[str, Any]:
    """Serve the page's views on a free port, and use them."""
    with tempfile.NamedTemporaryFile(suffix=".sqlite3") as file:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": file.name, "OPTIONS": {"timeout": 30}}
        configure(DATABASES={"default": database}, JWTKIT={"KEYRING_MAX_AGE": timedelta(milliseconds=50)})

        from django.core.handlers.asgi import ASGIHandler
        from django.http import JsonResponse
        from django.urls import include, path

        from django_jwtkit import tokens
        from django_jwtkit.errors import TokenError

        async def here(request):
            try:
                tokens.verify(request.headers["Authorization"].removeprefix("Bearer "))
            except TokenError as error:
                return JsonResponse({"detail": error.detail}, status=401)
            return JsonResponse({})

        page = follow("async", 1, {})
        views = [path("here/", here), path("api/", include("django_jwtkit.drf.urls"))]
        serve([*page["urlpatterns"], *views])
        with uvicorn_serves(ASGIHandler()) as place:
            return _steps(f"http://{place}")


def _steps(site: str) -> dict[str, Any]:
    from django.contrib.auth import get_user_model

    from django_jwtkit import keys, sessions, tokens
    from django_jwtkit.jose import unverified_header
    from tests.keys.memories import another_process

    get_user_model().objects.create_user("ada", password=PASSWORD)

    def ask(where: str, body: object = None, **headers: str) -> tuple[int, Any]:
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(site + where, sent, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()[:80].decode()

    def wait_for(status: int, where: str) -> int:
        ends = time.monotonic() + PATIENCE
        while (answer := ask(where, **bearer)[0]) != status and time.monotonic() < ends:
            time.sleep(0.02)
        return answer

    steps: dict[str, Any] = {}
    keys.forget()
    status, pair = ask("/login/", {"username": "ada", "password": PASSWORD})
    steps["login"] = status
    bearer = {"Authorization": f"Bearer {pair['access']}"}
    with ThreadPoolExecutor(8) as clients:
        for where in ("/me/", "/here/", "/api/sessions/"):
            answers = clients.map(lambda _, where=where: ask(where, **bearer)[0], range(24))
            steps[where] = Counter(answers)
    status, pair = ask("/api/token/refresh/", {"refresh": pair["refresh"]})
    steps["refresh"] = status
    with another_process():
        keys.revoke(unverified_header(pair["access"])["kid"], reason="leaked")
    steps["revoked"] = [wait_for(401, "/here/"), wait_for(401, "/me/")]
    _, pair = ask("/login/", {"username": "ada", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {pair['access']}"}
    sessions.end(tokens.verify(pair["access"])["sid"])
    steps["ended"] = [wait_for(401, "/me/"), ask("/here/", **bearer)[0]]
    return steps


if __name__ == "__main__":
    tell(main)
