"""Each thing that can be wrong with keys, made for real; pages, commands and probes must tell of it."""

import json
from datetime import timedelta

from django.db.models import F

from django_jwtkit import keys, moments
from django_jwtkit.jose import Key
from django_jwtkit.keys import Ring, State, StoredKey
from tests.keys.rows import key_in, vouch_for, wipe

WEEK = timedelta(days=7)
OTHER = "another secret, as long as that of the test project, 0123456789"
SEALED = [{"id": "2026-a", "key": "Zk3v-9QmXw7_tR2pLs8Yb4NcHj6Fd1Ga0UeKiOo5xVq"}]


def all_is_well(settings):
    for ring in list(Ring.objects.values_list("pk", flat=True)):
        keys.rotate(ring)


def another_secret_key(settings):
    settings.SECRET_KEY = OTHER


def lost_sealing_key(settings):
    settings.JWTKIT = {**settings.JWTKIT, "SEALING_KEYS": SEALED}
    list(keys.reseal())
    settings.JWTKIT = {name: value for name, value in settings.JWTKIT.items() if name != "SEALING_KEYS"}


def unreadable_sealing_key(settings):
    settings.JWTKIT = {**settings.JWTKIT, "SEALING_KEYS": [{"id": "2026-b", "path": "/nowhere/at/all"}]}


def another_secret_under_the_same_id(settings):
    lost_sealing_key(settings)
    settings.JWTKIT = {**settings.JWTKIT, "SEALING_KEYS": [{**SEALED[0], "key": OTHER}]}


def tampered_row(settings):
    StoredKey.objects.filter(pk=key_in(State.ACTIVE).pk).update(sign_from=F("sign_from") - WEEK)


def broken_signer(settings):
    StoredKey.objects.filter(pk=key_in(State.ACTIVE).pk).update(sealed="garbage")
    vouch_for("access")


def no_keys(settings):
    wipe("access")


def no_standby(settings):
    all_is_well(settings)
    StoredKey.objects.filter(pk=key_in(State.STANDBY).pk).delete()
    signs = key_in(State.ACTIVE)
    StoredKey.objects.filter(pk=signs.pk).update(
        sign_from=moments.now() - WEEK, published_at=moments.now() - WEEK, sign_until=None, open_slot=1
    )
    vouch_for("access")


def overdue_job(settings):
    all_is_well(settings)
    Ring.objects.update(last_run=moments.now() - WEEK)


def job_that_never_ran(settings):
    StoredKey.objects.update(created_at=moments.now() - WEEK)


def run_that_lies_ahead(settings):
    Ring.objects.update(last_run=moments.now() + WEEK)


STATES = {
    another_secret_key: ("can't be opened", "SECRET_KEY_FALLBACKS"),
    lost_sealing_key: ("can't be opened", "Put that one back"),
    unreadable_sealing_key: ("can't be opened", "Give it back"),
    another_secret_under_the_same_id: ("can't be opened", "secret that the others have"),
    tampered_row: ("has been changed", "revoke_key"),
    broken_signer: ("Ring access can't sign", "rotate_keys --ring access --now --force"),
    no_keys: ("no key that signs", "rotate_keys --ring access"),
    no_standby: ("has no next key, and its key has been signing since", "rotate_keys --ring access"),
    overdue_job: ("rotate_keys last ran 7 days ago", "let cron run it at least once in 1 day"),
    job_that_never_ran: ("rotate_keys has never run", "let cron run it at least once in 1 day"),
    run_that_lies_ahead: ("lies ahead", "rotate_keys"),
}
"""By state, what each face must say: the fault, and what to do."""


def tampered_dates(key, settings):
    StoredKey.objects.filter(pk=key.pk).update(sign_until=moments.now() + 200 * WEEK)


def tampered_public_part(key, settings):
    other = Key.generate(key.alg, kid=key.kid).public().to_dict()
    StoredKey.objects.filter(pk=key.pk).update(public_jwk=json.dumps(other))


def denied_kid(key, settings):
    settings.JWTKIT = {**settings.JWTKIT, "DENY_KIDS": [key.kid[:12]]}


def lost_sealing_key_of(key, settings):
    """Have this process lack the sealing key, which is that of all other keys too."""
    lost_sealing_key(settings)


def unusable_private_part(key, settings):
    StoredKey.objects.filter(pk=key.pk).update(sealed="garbage")
    vouch_for(key.ring_id)


FAULTS = (
    tampered_dates,
    tampered_public_part,
    denied_kid,
    lost_sealing_key_of,
    unusable_private_part,
)
"""The kinds of faults that one key can have, made for real."""


def make(state, settings):
    """Bring the database and the settings into `state`, as a process that starts finds them."""
    state(settings)
    keys.forget()
