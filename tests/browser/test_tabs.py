"""Tabs of one browser that refresh at the same moment: all stay logged in."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from django_jwtkit import keys, sessions
from tests.browser.conftest import Browser

ROUNDS = 5


@pytest.mark.race
@pytest.mark.urls("tests.browser.project")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tabs", [2, 10])
def test_tabs_that_refresh_at_once_stay_logged_in(alice, tabs):
    """Without a lock between them; the jar keeps the cookies of whichever answer came last."""
    for ring in ("access", "refresh"):
        keys.rotate(ring)
    browser, barrier = Browser(), Barrier(tabs)
    assert browser.log_in().status_code == 200
    jar = {name: cookie.value for name, cookie in browser.cookies.items()}
    headers = {"x-csrftoken": browser.csrf, "origin": "https://testserver"}

    def refresh(tab):
        client = Client(enforce_csrf_checks=True)
        cookie = "; ".join(f"{name}={text}" for name, text in {**jar, "csrftoken": browser.csrf}.items())
        barrier.wait(timeout=20)
        try:
            return client.post("/api/token/refresh/", headers={"cookie": cookie, **headers}, secure=True)
        finally:
            connections.close_all()

    statuses = []
    with ThreadPoolExecutor(tabs) as pool:
        for _ in range(ROUNDS):
            answers = list(pool.map(refresh, range(tabs)))
            statuses += [answer.status_code for answer in answers]
            for answer in answers:
                jar.update({name: cookie.value for name, cookie in answer.cookies.items() if name in jar})
    assert statuses == [200] * tabs * ROUNDS
    assert sessions.live(alice).count() == 1
