"""A project with Channels, set up as its page says, behind uvicorn.

`python -m tests.neighbours.channels_project server` prints what a client of WebSockets sees, as JSON.
"""

import json
import tempfile
from datetime import timedelta
from typing import Any

from .stories import configure, follow, serve, tell, uvicorn_serves


def main(name: str) -> dict[str, Any]:
    """Serve the page's application on a free port, and use it."""
    with tempfile.NamedTemporaryFile(suffix=".sqlite3") as file:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": file.name}
        ours = {"CHECK_SESSION": True, "COOKIES": {"SECURE": False}}
        configure(DATABASES={"default": database}, JWTKIT=ours)
        serve([])
        page = follow("channels", 3, {})
        page["JWTAuthMiddleware"].recheck_every = timedelta(milliseconds=50)
        with uvicorn_serves(page["application"]) as place:
            return _steps(f"ws://{place}/ws/orders/")


def _steps(place: str) -> dict[str, Any]:
    from django.contrib.auth import get_user_model
    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.sync.client import connect

    from django_jwtkit import sessions

    ada = get_user_model().objects.create_user("ada")
    access = sessions.start(ada).access
    bearer = {"Authorization": f"Bearer {access}"}

    def refusal(**options: Any) -> Any:
        try:
            connect(place, proxy=None, **options)
        except InvalidStatus as error:
            return error.response
        raise AssertionError("accepted")

    steps: dict[str, Any] = {}
    with connect(place, proxy=None, subprotocols=["jwt", access]) as socket:
        steps["subprotocol"] = [socket.subprotocol, socket.recv()]
    response = refusal(additional_headers={"Authorization": "Bearer garbage"})
    steps["garbage"] = [response.status_code, json.loads(response.body)]
    cookie = {"Cookie": f"access={access}"}
    steps["other site"] = refusal(additional_headers=cookie, origin="https://evil.example").status_code
    with connect(place, proxy=None, additional_headers=bearer) as socket:
        steps["header"] = [socket.subprotocol, socket.recv()]
        sessions.end_all(ada)
        try:
            socket.recv(20)
        except ConnectionClosed as closed:
            steps["end"] = [closed.rcvd.code, closed.rcvd.reason]
    return steps


if __name__ == "__main__":
    tell(main)
