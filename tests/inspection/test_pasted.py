"""What people copy around a token is left out; nothing else is."""

import pytest

from django_jwtkit.inspection import find_token, inspect

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
PASTED = {
    "alone": TOKEN,
    "with spaces around": f"  {TOKEN}\r\n",
    "the header": f"Authorization: Bearer {TOKEN}",
    "the value of the header": f"bearer {TOKEN}",
    "in quotes": f'"{TOKEN}"',
    "a value of JSON": f"'{TOKEN}',\n",
    "the header in quotes": f'"Authorization: Bearer {TOKEN}"',
    "broken in the payload": f"{TOKEN[:30]}\n{TOKEN[30:]}",
    "broken in the signature": f"{TOKEN[:-4]}\r\n  {TOKEN[-4:]}",
    "broken three times": f"{TOKEN[:10]}\n{TOKEN[10:33]} {TOKEN[33:40]}\n{TOKEN[40:]}",
}


@pytest.mark.parametrize("name", PASTED)
def test_the_token_is_found(name):
    assert find_token(PASTED[name]) == TOKEN


@pytest.mark.parametrize("text", ["", "hello", "hello world", f"{TOKEN}\n{TOKEN}", f"{TOKEN} {TOKEN[:20]}"])
def test_other_texts_stay_as_they_are(text):
    assert find_token(text) == text


@pytest.mark.django_db
def test_two_tokens_are_no_token():
    assert inspect(find_token(f"{TOKEN}\n{TOKEN}")).is_accepted is False
