"""All faces say of a faulty key what the API does: which key signs, and which tokens pass."""

import json
import re
from contextlib import suppress
from html import unescape
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from django_jwtkit import health, keys, tokens
from django_jwtkit.errors import ServiceUnavailable, TokenError
from django_jwtkit.jose import unverified_header
from django_jwtkit.keys import State, StoredKey
from tests.support import unhealthy

pytestmark = pytest.mark.django_db
PAGES = "/admin/jwtkit/"
ROLES = (State.ACTIVE, State.STANDBY, State.RETIRED)
CASES = [
    (fault, role, past)
    for fault in unhealthy.FAULTS
    for role in ROLES
    for past in ("with a past", "without a past")
    if past == "with a past" or role is not State.RETIRED
]


def each(cases):
    name = lambda value: getattr(value, "__name__", str(value))  # noqa: E731
    return pytest.mark.parametrize(("fault", "role", "past"), cases, ids=name)


each_case = each(CASES)
each_with_tokens = each([case for case in CASES if case[1] is not State.STANDBY])
"""Without a past a standby signs in the place of a signer that was tampered with; with one nothing does."""


class World:
    """The ring `access` with a key in each role, one of which has a fault; and what the API does with it."""

    def __init__(self, client):
        self.client, self.user = client, User.objects.create_user("alice")
        self.tokens = {}

    def break_one(self, fault, role, settings, past="with a past"):
        if past == "with a past":
            self.tokens[State.RETIRED] = tokens.issue(self.user)
            keys.rotate("access", at_once=True, force=True)
        self.tokens[State.ACTIVE] = tokens.issue(self.user)
        self.keys = {key.state(): key for key in StoredKey.objects.filter(ring_id="access")}
        self.key = self.keys[role]
        fault(self.key, settings)
        keys.forget()
        self.token = self.tokens.get(role)
        self.signing = self.sign()
        return self

    def sign(self):
        """Return the kid of a new token; None for a 503."""
        try:
            return unverified_header(tokens.issue(self.user))["kid"]
        except ServiceUnavailable:
            return None

    def accepts(self):
        """Return whether a real token of the faulty key passes."""
        try:
            return bool(tokens.verify(self.token))
        except (TokenError, ServiceUnavailable):
            return False

    def page(self, path):
        """Return a page in one line, without scripts that a reader does not see."""
        answer = self.client.get(PAGES + path)
        assert answer.status_code == 200
        return " ".join(unescape(answer.content.decode()).split())

    def listed(self):
        """Return what `list_keys` says of each key of the ring."""
        out = StringIO()
        call_command("list_keys", "--ring", "access", "--json", stdout=out)
        return {key["kid"]: key for key in json.loads(out.getvalue())["keys"]}


@pytest.fixture
def world(root):
    return World(root)


def words(page):
    return " ".join(re.sub("<[^>]+>", " ", page).split())


@each_case
def test_the_signer_is_the_key_that_signs(fault, role, past, world, settings):
    """In the health, in `list_keys`, in both texts, and on the pages of all three keys."""
    world.break_one(fault, role, settings, past)
    ring = next(ring for ring in health.read_health().rings if ring.ring == "access")
    signer = ring.signer.kid if ring.signer and not ring.is_faulty(ring.signer) else None
    assert signer == world.signing
    signs = [kid for kid, key in world.listed().items() if key["signs"]]
    assert signs == ([world.signing] if world.signing else [])
    overview, out = words(world.page("")), StringIO()
    with suppress(CommandError):  # it is not healthy
        call_command("keys_status", stdout=out)
    for key in world.keys.values():
        page = world.page(f"storedkey/{key.pk}/change/")
        (signs,) = re.findall("<dt>Signs now</dt><dd>(.*?)</dd>", page)
        is_signer = key.kid == world.signing
        assert signs.startswith("yes") is is_signer
        assert bool(re.search(f"{re.escape(key.kid[:12])}… signs (now|since)", overview)) is is_signer
        assert bool(re.search(f"{re.escape(key.kid[:12])} signs (now|since)", out.getvalue())) is is_signer


@each_with_tokens
def test_what_verifies_is_what_passes(fault, role, past, world, settings):
    """A real token of the key; no face promises a date for one that is refused."""
    world.break_one(fault, role, settings, past)
    page, key = world.page(f"storedkey/{world.key.pk}/change/"), world.listed()[world.key.kid]
    (verifies,) = re.findall("<dt>Verifies</dt><dd>(.*?)</dd>", page)
    assert verifies.startswith("yes") is world.accepts() is key["verifies"]
    promised = re.findall("<dt>Verifies until</dt><dd>(.*?)</dd>", page)
    assert ("<time" in promised[0] or promised[0] == "–") is world.accepts()
    (row,) = re.findall(
        f'<tr[^>]*> <th scope="row"><a[^>]*><code[^>]*title="{world.key.kid}".*?</tr>',
        world.page("storedkey/"),
    )
    assert ("<time" in row or "–</td>" in row or "–<span" in row) is world.accepts()


@each_case
def test_a_state_is_the_same_on_each_face(fault, role, past, world, settings):
    """The list, the picture, the key's page and that of its revocation; a fault is part of it."""
    world.break_one(fault, role, settings, past)
    listed, revoke = world.page("storedkey/"), world.page(f"storedkey/{world.key.pk}/revoke/")
    for key in world.keys.values():
        page = world.page(f"storedkey/{key.pk}/change/")
        (badge,) = set(re.findall('<span class="jwtkit-badge ([^>]*>[^<]*)</span>', page))
        (row,) = re.findall(f'title="{key.kid}".*?jwtkit-badge ([^>]*>[^<]*)</span>', listed)
        assert row == badge
        css, _, state = badge.removeprefix("jwtkit-").partition('">')
        drawn = re.findall(
            rf'jwtkit-bar jwtkit-bar-(\w+)"[^>]*> <title>{re.escape(key.kid[:12])}… \(ES256\), ([^,·]*)',
            listed,
        )
        assert set(drawn) == {(css, state + " ")} or set(drawn) == {(css, state)}
        assert (css == "active") is (key.kid == world.signing)
        if key == world.key:
            assert badge in revoke


@each_case
def test_a_rotation_never_throws_away_the_key_that_signs_or_could(fault, role, past, world, settings):
    """What the plan says is what the API does next; a sound standby is not skipped."""
    world.break_one(fault, role, settings, past)
    sound = {key.kid for key in world.keys.values()} - {
        each["kid"] for each in world.listed().values() if each["fault"]
    }
    plan = keys.preview("access", at_once=True)
    skipped = {
        step.key.kid
        for step in plan.steps
        if step.key.sign_from == step.key.sign_until and step.action == "moved"
    }
    assert not skipped & sound
    keys.rotate("access", at_once=True, force=True)
    if world.keys[State.STANDBY].kid in sound:
        assert world.sign() == world.keys[State.STANDBY].kid
    assert world.sign()


@each_case
def test_the_sentence_about_the_takeover_comes_true(fault, role, past, world, settings):
    """Before a revocation the page says who signs after it."""
    world.break_one(fault, role, settings, past)
    page = words(world.page(f"storedkey/{world.key.pk}/revoke/"))
    keys.revoke(world.key.kid, reason="a test")
    after = world.sign()
    if after and after == world.signing:
        assert "othing changes for new tokens" in page
        assert f"Key {after[:12]}… signs at once" not in page
    elif after and after in {key.kid for key in world.keys.values()}:
        assert f"Key {after[:12]}… signs at once" in page


def test_a_forged_date_promises_nothing_and_stretches_no_axis(world, settings):
    """It is shown as what stands in the row."""
    axis = re.findall("jwtkit-tick-label[^>]*>([^<]*)<", world.page("storedkey/"))
    world.break_one(unhealthy.tampered_dates, State.ACTIVE, settings)
    page = world.page("storedkey/")
    assert re.findall("jwtkit-tick-label[^>]*>([^<]*)<", page)[:1] == axis[:1]
    assert "2029" not in "".join(re.findall("jwtkit-tick-label[^>]*>([^<]*)<", page))
    assert ", as its row says" in page
    out = StringIO()
    call_command("list_keys", "--ring", "access", stdout=out)
    assert "NOT TRUSTED" in out.getvalue()


def test_a_denied_key_names_the_setting_on_each_face(world, settings):
    """The fault, and as its remedy the next run or the setting."""
    world.break_one(unhealthy.denied_kid, State.ACTIVE, settings)
    assert world.signing is None
    overview = words(world.page(""))
    assert "is in DENY_KIDS" in overview
    assert "take it out of DENY_KIDS" in overview
    for path in ("storedkey/", f"storedkey/{world.key.pk}/change/", "storedkey/rotate/access/"):
        assert "DENY_KIDS" in world.page(path)
    assert "is in DENY_KIDS" in world.listed()[world.key.kid]["fault"]


def test_a_row_of_forged_past_dates_is_still_a_fault(world, settings):
    """Dates that have ended would hide it."""

    def forge(key, settings):
        StoredKey.objects.filter(pk=key.pk).update(sign_until="2020-01-01T00:00:00Z")

    world.break_one(forge, State.ACTIVE, settings, "without a past")
    assert health.Kind.TAMPERED in {fault.kind for fault in health.read_health().faults}
    assert world.signing == world.keys[State.STANDBY].kid


def test_a_standby_signs_in_the_place_of_a_forged_signer(world, settings):
    """In words, and without a date that lies ahead."""
    world.break_one(unhealthy.tampered_dates, State.ACTIVE, settings, "without a past")
    standby = world.keys[State.STANDBY]
    overview, page = words(world.page("")), words(world.page(f"storedkey/{standby.pk}/change/"))
    assert f"{standby.kid[:12]}… signs now, in the place of {world.key.kid[:12]}…" in overview
    assert f"Signs now yes, in the place of {world.key.kid[:12]}…" in page
    assert f"signs now, in the place of {world.key.kid[:12]}…" in words(world.page("storedkey/"))
