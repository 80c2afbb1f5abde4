import threading

import pytest

from django_jwtkit.jose import remote
from tests.jose.remote.publisher import publisher as published


@pytest.fixture
def publisher():
    with published() as server:
        yield server


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    remote.stop()
    names = [thread.name for thread in threading.enumerate()]
    assert "jwtkit-refresher" not in names
