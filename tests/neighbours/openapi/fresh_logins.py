"""For schemathesis: what a request needs beside its body, so that it reaches the view."""

import os

import requests
import schemathesis

CREDENTIALS = {"username": "alice", "password": "correct horse battery staple"}
CSRF_TOKEN = "c" * 32


@schemathesis.auth(refresh_interval=None).apply_to(path_regex="introspect|logout|sessions")
class FreshLogin:
    """A token of a login of its own for each request: a logout spoils no other."""

    def get(self, case, context):
        address = f"{os.environ['SHOP_URL']}/api/token/"
        return requests.post(address, json=CREDENTIALS, timeout=30).json()["access"]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth().apply_to(path_regex="^/browser/token/")
class CSRFToken:
    """The CSRF token, in the header and in the cookie."""

    def get(self, case, context):
        return CSRF_TOKEN

    def set(self, case, data, context):
        case.headers["X-CSRFToken"] = data
        case.cookies["csrftoken"] = data
