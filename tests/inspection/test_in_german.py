"""The page of the inspector in German: each verdict, each check and each reason."""

import pytest

from django_jwtkit.inspection import inspect
from tests.support.languages import english_left

from .test_verdicts import MISHAPS

pytestmark = [pytest.mark.once, pytest.mark.django_db]

AWAY = "an issuer that is away"  # what the network says stays in English, and is marked as that


@pytest.mark.parametrize("name", MISHAPS)
def test_each_verdict_is_told_in_german(world, admin_client, name):
    text = MISHAPS[name](world)

    def fetch():
        answer = admin_client.post("/admin/jwtkit/inspect/", {"token": text})
        assert answer.status_code == 200
        return answer.content.decode()

    said_elsewhere = str(inspect(text).error) if name == AWAY else ""
    assert [words for words in english_left(fetch) if words not in said_elsewhere] == []
