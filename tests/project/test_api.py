"""The API of the test project: what a project writes on top of us."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_jwtkit import tokens
from testproject.kinds import PAYMENT

ORDER = {"amount": "12.50", "currency": "EUR", "account": "DE02120300000000202051"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(user)}"}


def post(client: Client, path: str, body: object, user: User) -> tuple[int, dict[str, object]]:
    answer = client.post(path, body, content_type="application/json", headers=bearer(user))
    return answer.status_code, answer.json()


def test_me_is_the_user_of_the_token(client: Client, alice: User) -> None:
    answer = client.get("/api/me/", headers=bearer(alice)).json()
    assert answer["username"] == "alice"
    assert answer["claims"]["sub"] == str(alice.pk)


def test_me_is_nobody_without_a_token(client: Client) -> None:
    assert client.get("/api/me/").status_code == 401


def test_a_payment_is_unreadable_on_its_way_and_comes_back_whole(client: Client, alice: User) -> None:
    """Five parts, encrypted; the server reads back what was sent."""
    status, answer = post(client, "/api/payments/", ORDER, alice)
    assert status == 201
    assert str(answer["payment"]).count(".") == 4
    assert post(client, "/api/payments/read/", answer, alice) == (200, ORDER)


def test_another_user_cannot_read_a_payment(client: Client, alice: User) -> None:
    text = tokens.issue(User.objects.create_user("mallory"), kind=PAYMENT, claims={"payment": ORDER})
    assert post(client, "/api/payments/read/", {"payment": text}, alice)[0] == 403


@pytest.mark.parametrize("body", [{"payment": "a.b.c.d.e"}, {"payment": ""}, {"payment": 7}, {}, []])
def test_junk_for_a_payment_is_a_bad_request(client: Client, alice: User, body: object) -> None:
    assert post(client, "/api/payments/read/", body, alice)[0] == 400


@pytest.mark.parametrize("field", ["amount", "currency", "account"])
@pytest.mark.parametrize("value", ["", None, "<script>", "1e9", ["x"]])
def test_a_bad_order_is_a_bad_request(client: Client, alice: User, field: str, value: object) -> None:
    status, answer = post(client, "/api/payments/", ORDER | {field: value}, alice)
    assert (status, list(answer)) == (400, [field])


def test_an_access_token_is_no_payment(client: Client, alice: User) -> None:
    """A kind of token is never accepted for another."""
    assert post(client, "/api/payments/read/", {"payment": tokens.issue(alice)}, alice)[0] == 400
