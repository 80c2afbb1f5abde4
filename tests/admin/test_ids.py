"""What addresses and forms of the admin take as an ID: whatever it is, the answer is a page of ours."""

from urllib.parse import quote

import pytest

from django_jwtkit import keys
from django_jwtkit.sessions import Session

ROOT = "/admin/jwtkit/"
pytestmark = pytest.mark.django_db

IDS = {
    "too large for a column": "9223372036854775808",
    "too large for int4": "2147483648",
    "far too large": "9" * 40,
    "more digits than Python reads": "9" * 5000,
    "negative": "-9223372036854775809",
    "a text": "abc",
    "NUL": "\0",
    "a number and NUL": "1\0",
    "digits of another script": "٧٧٧٧٧",
    "digits that are none": "²½",
    "a blank": " ",
    "a surrogate": "\\ud800",
    "a UUID": "4e1f3a52-0000-4000-8000-000000000000",
    "a UUID with NUL": "4e1f3a52-0000-4000-8000-00000000000\0",
}
PAGES = (
    "session/{}/change/",
    "session/{}/history/",
    "session/{}/delete/",
    "session/{}/end/",
    "session/user/{}/end/",
    "storedkey/{}/change/",
    "storedkey/{}/history/",
    "storedkey/{}/revoke/",
    "storedkey/rotate/{}/",
    "storedkey/due/{}/",
    "storedkey/make/{}/",
    "storedkey/revoke/ring/{}/",
    "storedkey/revoke/sealing/{}/",
    "storedkey/revoked/?keys={}",
    "keyevent/{}/change/",
    "trustedkeyset/{}/change/",
    "trustedkeyset/{}/fetch/",
    "externalidentity/{}/change/",
)
LISTS = (
    "session/?user__exact={}",
    "session/?user__in={}",
    "session/?id__exact={}",
    "session/?key={}",
    "session/?state={}",
    "session/?reason={}",
    "session/?used={}",
    "session/?address={}",
    "session/?q={}",
    "session/?state=live&user__exact={}",
    "session/?state=live&q={}",
    "session/?p={}",
    "session/?o={}",
    "storedkey/?ring={}",
    "storedkey/?state={}",
    "storedkey/?id={}",
    "storedkey/?p={}",
    "keyevent/?kid={}",
    "keyevent/?ring={}",
    "keyevent/?id={}",
    "keyevent/?q={}",
    "keyevent/export/?kid={}",
    "trustedkeyset/?q={}",
    "externalidentity/?q={}",
    "externalidentity/?user__exact={}",
)
ACTIONS = {
    "session/": ("end_selected", "end_all_of_these_users"),
    "externalidentity/": ("unlink_selected",),
}


@pytest.mark.parametrize("row_id", IDS.values(), ids=IDS)
class TestAnyID:
    def test_a_page_answers(self, past, root, row_id):
        """Not found, or back to where one came from."""
        for page in PAGES:
            for ask in (root.get, root.post):
                answer = ask(ROOT + page.format(quote(row_id, safe="")))
                assert answer.status_code in {200, 302, 400, 403, 404, 405}, (page, ask)

    def test_a_list_answers(self, past, root, row_id):
        """With nothing, without the filter, or with a refusal."""
        for page in LISTS:
            answer = root.get(ROOT + page.format(quote(row_id, safe="")), follow=True)
            assert answer.status_code in {200, 400, 403, 404}, page

    def test_an_action_says_that_it_did_nothing(self, past, root, row_id):
        """Also where it is confirmed."""
        for page, actions in ACTIONS.items():
            for action in actions:
                for more in ({}, {"confirmed": "yes"}):
                    form = {"action": action, "_selected_action": [row_id], "index": "0", **more}
                    assert root.post(ROOT + page, form, follow=True).status_code == 200, (page, action)
        assert not Session.objects.exclude(ended_at=None).exists()
        assert keys.StoredKey.objects.filter(revoked_at=None).exists()
