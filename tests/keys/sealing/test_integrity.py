"""What rows may say: by SQL alone nobody adds trust, or brings it back, and less trust is heard."""

import logging
import uuid
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test import override_settings

from django_jwtkit import keys, moments, signals
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, SealingKeyLost, UnknownKey
from django_jwtkit.jose import Key
from django_jwtkit.jose.wire.encoding import dumps
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey
from django_jwtkit.keys.sealing import judge_at, seal, sealed_under, sign_row, vouch, vouched_for
from django_jwtkit.keys.snapshots import fault_of
from django_jwtkit.keys.store import current_store
from tests.keys.memories import another_process, remembered
from tests.keys.rows import header, key_in

pytestmark = [pytest.mark.django_db, pytest.mark.threat("KEY-018")]

DAY, MINUTES = timedelta(days=1), timedelta(minutes=5)
OLD = {"id": "2025", "key": "pB7sVx0gJm4Wc9LqTf2RyZe8HnKu3Ad6XoMi1Q5wUhE"}
NEW = {"id": "2026", "key": "w6nPYtQwz3Jc0lS8uHn2kq7Vd5rXfT1mBgAoE4iZpKs"}
ROWS, RINGS, HISTORY = "jwtkit_storedkey", "jwtkit_ring", "jwtkit_keyevent"


def trusted(key, ring="access"):
    """Whether a fresh process verifies with `key`."""
    keys.forget()
    try:
        return keys.keyring(ring).find(header(key)).kid == key.kid
    except UnknownKey:
        return False


def announced(ring="access"):
    """An attacker has every process read the ring anew."""
    Ring.objects.filter(pk=ring).update(generation=uuid.uuid4())
    keys.forget()


def dump(table, **where):
    """The rows of a table, as a dump has them."""
    with connection.cursor() as cursor:
        name, value = next(iter(where.items()))
        cursor.execute(f"SELECT * FROM {table} WHERE {name} = %s", [value])
        names = [column[0] for column in cursor.description]
        return table, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def restore(dumped, key):
    """Put dumped rows in the place of what they have become, by SQL."""
    table, rows = dumped
    with connection.cursor() as cursor:
        for columns in rows:
            values, sets = list(columns.values()), ", ".join(f"{quoted(name)} = %s" for name in columns)
            if table == ROWS:  # by a row of its own: to a ring others refer
                names, marks = ", ".join(map(quoted, columns)), ", ".join(["%s"] * len(columns))
                cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [columns[key]])
                cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
            else:
                cursor.execute(f"UPDATE {table} SET {sets} WHERE {key} = %s", [*values, columns[key]])
    keys.forget()


def quoted(name):
    return connection.ops.quote_name(name)


@pytest.fixture
def alarms(listen):
    """What `key_tampered` was sent with."""
    return listen(signals.key_tampered)


def planted(ring="access", **columns):
    """A row that somebody inserts who has no sealing key: its public key, trusted for ten years."""
    key = Key.generate("ES256")
    now = moments.now()
    dates = {
        "published_at": now - 3 * DAY,
        "sign_from": None,
        "sign_until": now + 3650 * DAY,
        "max_lifetime": timedelta(0),
        "margin": timedelta(0),
    }
    public = dumps(key.public().to_dict()).decode()
    StoredKey.objects.create(
        ring_id=ring, kid=key.kid, alg="ES256", use="sig", public_jwk=public, **dates | columns
    )
    announced(ring)
    return StoredKey.objects.get(kid=key.kid)


def borrowed(column):
    """Planted with the MAC of a key that is trusted."""
    return {"mac": key_in(State.ACTIVE).mac} if column else {}


@pytest.mark.threat("ROW-001")
@pytest.mark.parametrize("ring", ["access", "refresh", "kinds", "encryption"])
@pytest.mark.parametrize("mac", [False, True], ids=["no MAC", "another's MAC"])
def test_a_planted_key_is_not_trusted(ring, mac, alarms, caplog, client):
    """In no ring, not published, not signed with; it is told once, by log and signal."""
    key = planted(ring, **borrowed(mac))
    with caplog.at_level(logging.CRITICAL, "django_jwtkit.keys"):
        for _ in range(3):
            with pytest.raises(UnknownKey):
                keys.keyring(ring).find(header(key))
    assert key.kid not in str(keys.jwks())
    assert [(alarm["ring"], alarm["kid"]) for alarm in alarms] == [(ring, key.kid)]
    assert len([row for row in caplog.records if "key_tampered" in row.getMessage()]) == 1
    assert key.kid in fault_of(key, moments.now())
    assert trusted(key_in(State.ACTIVE, ring), ring)


CHANGES = {
    "ring": lambda key: {"ring_id": "kinds", "open_slot": None},
    "kid": lambda key: {"kid": ("x" if key.kid[0] != "x" else "y") + key.kid[1:]},
    "alg": lambda key: {"alg": "ES384"},
    "use": lambda key: {"use": "enc"},
    "public_jwk": lambda key: {"public_jwk": dumps(Key.generate("ES256").public().to_dict()).decode()},
    "public_jwk, the same but for a blank": lambda key: {"public_jwk": key.public_jwk + " "},
    "sealed": lambda key: {"sealed": seal(Key.generate("ES256", kid=key.kid), "access")},
    "published_at": lambda key: {"published_at": key.published_at - timedelta(microseconds=1)},
    "sign_from": lambda key: {"sign_from": key.sign_from - timedelta(microseconds=1)},
    "sign_from, never": lambda key: {"sign_from": None},
    "sign_until": lambda key: {"sign_until": (key.sign_until or moments.now()) + timedelta(days=1)},
    "sign_until, open": lambda key: {"sign_until": None if key.sign_until else moments.now() + DAY},
    "max_lifetime": lambda key: {"max_lifetime": key.max_lifetime + timedelta(microseconds=1)},
    "margin": lambda key: {"margin": key.margin + timedelta(microseconds=1)},
    "mac": lambda key: {"mac": "A" + key.mac[1:] if key.mac[0] != "A" else "B" + key.mac[1:]},
    "mac, none": lambda key: {"mac": ""},
    "mac, of nobody": lambda key: {"mac": key.mac.partition(".")[0] + ".nobody"},
    "mac, of another": lambda key: {"mac": StoredKey.objects.exclude(pk=key.pk).first().mac},
}
COVERED = {name.partition(",")[0] for name in CHANGES}
HARMLESS = {"id", "created_at", "open_slot", "reason", "revoked_at", "archived"}


def test_every_column_is_decided_on():
    """A new column is either authenticated, and tried below, or said to be harmless."""
    columns = {field.name for field in StoredKey._meta.local_concrete_fields}
    assert columns == COVERED | HARMLESS


@pytest.mark.threat("ROW-002")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("state", [State.ACTIVE, State.STANDBY], ids=str)
def test_no_column_can_be_changed(change, state, alarms):
    """Whatever a writer changes takes that key out, and no other one."""
    key, other = key_in(state), key_in(State.STANDBY if state is State.ACTIVE else State.ACTIVE)
    columns = change(key)
    StoredKey.objects.filter(pk=key.pk).update(**columns)
    announced()
    now = StoredKey.objects.get(pk=key.pk)
    assert not trusted(now, now.ring_id)
    assert {alarm["kid"] for alarm in alarms} == {now.kid}
    assert trusted(other)


@pytest.mark.threat("ROW-002")
@pytest.mark.parametrize("pair", list(pairwise(("kid", "alg", "use", "public_jwk", "sealed"))), ids="-".join)
def test_text_moved_between_columns_changes_the_mac(pair):
    """The end of one column does not count as the beginning of the next."""
    key, address, (first, second) = key_in(State.ACTIVE), current_store().ring("access"), pair
    before = sign_row(key, address)
    setattr(key, second, getattr(key, first)[-1] + getattr(key, second))
    setattr(key, first, getattr(key, first)[:-1])
    assert sign_row(key, address) != before


@pytest.mark.parametrize("columns", [{"reason": "x"}, {"open_slot": None}], ids=str)
def test_what_decides_nothing_may_change(columns):
    """No fault, no alarm."""
    key = key_in(State.ACTIVE)
    StoredKey.objects.filter(pk=key.pk).update(**columns)
    announced()
    assert trusted(key)
    assert fault_of(key, moments.now()) == ""


RING = {
    "voucher": lambda ring: {"voucher": ring.voucher[:-1] + ',"x":"y.z"}'},
    "serial": lambda ring: {"serial": ring.serial + 1},
    "algorithm": lambda ring: {"algorithm": "HS256"},
    "macs": lambda ring: {"macs": ""},
    "macs, of another ring": lambda ring: {"macs": Ring.objects.get(pk="refresh").macs},
    "all": lambda ring: {
        name: getattr(Ring.objects.get(pk="refresh"), name) for name in ("voucher", "serial", "macs")
    },
}


@pytest.mark.threat("ROW-003")
@pytest.mark.parametrize("change", RING.values(), ids=RING)
def test_nothing_a_ring_says_can_be_changed(change, alarms):
    """Its keys are refused then, and the next rotation makes new ones."""
    active = key_in(State.ACTIVE)
    Ring.objects.filter(pk="access").update(**change(Ring.objects.get(pk="access")))
    announced()
    assert not trusted(active)
    assert {alarm["ring"] for alarm in alarms} == {"access"}
    keys.rotate("access")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES).kid != active.kid
    assert trusted(key_in(State.ACTIVE, "refresh"), "refresh")


def test_a_generation_alone_says_nothing():
    """To announce a change is harmless, and so is a change that nobody announces."""
    active = key_in(State.ACTIVE)
    announced()
    assert trusted(active)
    StoredKey.objects.filter(pk=active.pk).update(sign_until=None)
    assert remembered().snapshot.entries[active.kid].life == active.life
    assert not trusted(active)


@pytest.mark.threat("ROW-004")
@pytest.mark.parametrize("with_ring", [False, True], ids=["row", "row and ring"])
@pytest.mark.parametrize("forgets", ["nothing", "action"])
def test_a_revoked_key_does_not_come_back(with_ring, forgets, alarms):
    """Neither by its earlier row, nor with its ring's: the history knows."""
    key = key_in(State.ACTIVE)
    dumped, ring = dump(ROWS, kid=key.kid), dump(RINGS, name="access")
    keys.revoke(key.kid, reason="leaked")
    restore(dumped, "id")
    if with_ring:
        restore(ring, "name")
    if forgets == "action":  # the numbers of the changes speak for themselves
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {HISTORY} SET action = 'made' WHERE kid = %s", [key.kid])
    announced()
    assert StoredKey.objects.get(kid=key.kid).state() is State.ACTIVE
    assert not trusted(key)
    assert key.kid in {alarm["kid"] for alarm in alarms}
    assert key.kid not in str(keys.jwks())


@pytest.mark.threat("ROW-005")
def test_clearing_a_revocation_brings_nothing_back():
    """The simplest of all: one column."""
    key = key_in(State.ACTIVE)
    keys.revoke(key.kid, reason="leaked")
    StoredKey.objects.filter(kid=key.kid).update(revoked_at=None, archived=False)
    announced()
    assert not trusted(key)


@pytest.mark.threat("ROW-006")
@pytest.mark.parametrize("with_ring", [False, True], ids=["row", "row and ring"])
def test_a_replaced_key_does_not_come_back(with_ring):
    """Retired by a rotation, and then as it was before: it would sign, or verify for longer."""
    key = key_in(State.ACTIVE)
    dumped, ring = dump(ROWS, kid=key.kid), dump(RINGS, name="access")
    keys.rotate("access", at_once=True, force=True)
    assert trusted(key), "retired"
    restore(dumped, "id")
    if with_ring:
        restore(ring, "name")
    announced()
    assert not trusted(key)


@pytest.mark.threat("ROW-007")
def test_a_key_of_another_ring_is_none_of_this_one():
    """Its row is carried over, with what its old ring says of it."""
    key, other = key_in(State.ACTIVE, "kinds"), Ring.objects.get(pk="kinds")
    StoredKey.objects.filter(pk=key.pk).update(ring_id="refresh", open_slot=None)
    Ring.objects.filter(pk="refresh").update(
        voucher=other.voucher, macs=other.macs, serial=other.serial, algorithm=other.algorithm
    )
    announced("refresh")
    assert not trusted(key, "refresh")


@pytest.mark.threat("ROW-008")
def test_rows_of_another_tenant_are_none_of_this_one(settings):
    """The same sealing secret, another scope: row, ring and all."""
    key = key_in(State.ACTIVE)
    with override_settings(JWTKIT={"KEYRING_SCOPE": f"{__name__}.globex"}):
        assert not trusted(key)
        resealed = [row for row in keys.reseal(scope_was="") if not row.problem]
        assert {row.ring for row in resealed} == {"access", "refresh", "kinds", "encryption"}
        assert trusted(key)
        assert list(keys.reseal(scope_was="")) == []
    assert not trusted(key)


def globex():
    return "globex"


@contextmanager
def ten_seconds_later(clock):
    """What another process sees, which has looked before."""
    keys.keyring("access")
    yield
    clock.now += 10


@pytest.mark.threat("ROW-009")
def test_a_revocation_by_hand_is_heard(clock):
    """UPDATE alone: within KEYRING_MAX_AGE, and the generation has not changed."""
    key = key_in(State.ACTIVE)
    with ten_seconds_later(clock):
        StoredKey.objects.filter(pk=key.pk).update(revoked_at=moments.now(), reason="by hand")
    with pytest.raises(UnknownKey):
        keys.keyring("access").find(header(key))
    assert key.kid not in str(keys.jwks())
    keys.rotate("access")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES).kid != key.kid
    assert KeyEvent.objects.filter(kid=key.kid, action="revoked").count() == 1
    StoredKey.objects.filter(pk=key.pk).update(revoked_at=None, archived=False)
    announced()
    assert not trusted(key), "from now on the history knows it"


def test_a_deleted_row_is_heard(clock):
    """And the others go on."""
    key, standby = key_in(State.ACTIVE), key_in(State.STANDBY)
    with ten_seconds_later(clock):
        StoredKey.objects.filter(pk=key.pk).delete()
    with pytest.raises(UnknownKey):
        keys.keyring("access").find(header(key))
    assert keys.keyring("access").find(header(standby))
    keys.rotate("access")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES).kid == standby.kid


def test_one_revoked_and_one_planted_at_once_is_heard(clock):
    """A count alone would stay the same."""
    key = key_in(State.ACTIVE)
    with ten_seconds_later(clock):
        StoredKey.objects.filter(pk=key.pk).update(revoked_at=moments.now())
        StoredKey.objects.filter(pk=key.pk).update(kid="gone")
        StoredKey.objects.create(
            **{
                field.attname: getattr(key, field.attname)
                for field in StoredKey._meta.local_concrete_fields
                if field.name not in {"id", "open_slot"}
            }
        )
    assert not remembered().current(conf()).entries.get(key.kid) or trusted(key)


def test_a_look_that_finds_nothing_new_is_one_query(clock, django_assert_num_queries):
    """Whatever it now watches."""
    keys.keyring("access")
    clock.now += 10
    with django_assert_num_queries(1):
        keys.keyring("access")


@pytest.mark.parametrize("state", [State.ACTIVE, State.STANDBY], ids=str)
def test_the_planner_does_without_a_row_that_was_tampered_with(state):
    """It never signs, is never a standby, and blocks no rotation; and it can be revoked."""
    key, other = key_in(state), key_in(State.STANDBY if state is State.ACTIVE else State.ACTIVE)
    StoredKey.objects.filter(pk=key.pk).update(max_lifetime=timedelta(days=900))
    announced()
    assert key.kid not in {row.kid for row in keys.preview("access").after}
    keys.rotate("access")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES).kid == other.kid
    assert sum(row.open_slot is not None for row in StoredKey.objects.filter(ring_id="access")) == 1
    assert not trusted(key), "no plan vouches for it"
    keys.revoke(key.kid, reason="tampered with")
    key.refresh_from_db()
    assert (key.state(), key.sealed) == (State.REVOKED, "")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES).kid == other.kid


def test_a_planted_row_in_the_open_slot_blocks_nothing():
    """The slot is no trust: it is taken away from it."""
    StoredKey.objects.filter(ring_id="access").update(open_slot=None)
    planted(sign_from=moments.now() - DAY, sign_until=None, open_slot=1)
    keys.generate("access")
    keys.rotate("access", at_once=True, force=True)
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES)


@pytest.mark.threat("ROW-011")
def test_no_write_of_ours_launders_a_row():
    """Raising a promise, resealing, rotating: none of them vouches for what was changed."""
    key = key_in(State.ACTIVE)
    StoredKey.objects.filter(pk=key.pk).update(sign_until=moments.now() + 900 * DAY)
    announced()
    assert keys.signing_key("access", now=moments.now(), lifetime=DAY).kid != key.kid
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}):
        resealed = {row.kid: row.problem for row in keys.reseal()}
        assert "changed" in resealed.pop(key.kid)
        assert not any(resealed.values())
        assert not trusted(key)
        keys.rotate("access", at_once=True, force=True)
        assert not trusted(key)


def test_a_promise_is_raised_under_a_new_mac():
    """The row and the ring say what they said, and the new promise."""
    key = key_in(State.ACTIVE)
    assert keys.signing_key("access", now=moments.now(), lifetime=DAY).kid == key.kid
    assert trusted(key)
    assert key_in(State.ACTIVE).max_lifetime == DAY
    restored = key_in(State.ACTIVE)
    assert restored.mac == vouched_for(Ring.objects.get(pk="access"))[key.kid]


def test_all_that_is_written_is_vouched_for():
    """After each operation each living key is trusted, and no other."""
    imported = Key.generate("ES256", kid="from-afar")
    operations = [
        lambda: keys.generate("access"),
        lambda: keys.rotate("access", at_once=True, force=True),
        lambda: keys.import_key("access", imported),
        lambda: keys.revoke(key_in(State.ACTIVE).kid, reason="x"),
        lambda: keys.rotate("access", now=moments.now() + 200 * DAY),
    ]
    for operation in operations:
        operation()
        judge = judge_at(current_store().ring("access"))
        living = StoredKey.objects.filter(ring_id="access", archived=False, revoked_at=None)
        assert {row.kid: judge.judge(row).fault for row in living} == dict.fromkeys(judge.macs, "")


def test_dates_beyond_the_calendar_stop_no_other_key():
    """Written into a row that this host can't judge: its own tokens are 503, those of its ring go on."""
    active, now = key_in(State.ACTIVE), moments.now()
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}):
        kid = keys.import_key("access", Key.generate("ES256")).kid
    rows = StoredKey.objects.filter(kid=kid)
    rows.update(sign_from=now - DAY, sign_until=now, max_lifetime=timedelta(days=10**8))
    announced()
    assert trusted(active)
    with pytest.raises(SealingKeyLost):
        trusted(rows.get())


def test_a_kid_of_the_history_is_not_imported_again():
    """Not even when its row has been deleted."""
    key = Key.generate("ES256", kid="from-afar")
    keys.import_key("access", key)
    keys.revoke("from-afar", reason="leaked")
    StoredKey.objects.filter(kid="from-afar").delete()
    with pytest.raises(KeyUnusableError, match="from-afar"):
        keys.import_key("access", key)


def test_a_row_whose_sealing_key_is_not_here_is_503_and_the_others_go_on():
    """Two sealing keys; a host that has not heard of the new one."""
    with override_settings(JWTKIT={"SEALING_KEYS": [OLD]}):
        list(keys.reseal())
        old = key_in(State.ACTIVE)
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW, OLD]}):
        keys.generate("access")
        new = StoredKey.objects.latest("pk")
        assert trusted(new)
    with override_settings(JWTKIT={"SEALING_KEYS": [OLD]}):
        assert trusted(old)
        with pytest.raises(SealingKeyLost, match="2026"):
            keys.keyring("access").find(header(new))
        assert new.kid not in str(keys.jwks())


@pytest.mark.threat("ROW-010")
def test_a_row_planted_under_secret_key_later_is_refused():
    """Whoever knows SECRET_KEY can seal, and sign rows and rings; SEALING_KEYS are what counts."""
    store = current_store().ring("refresh")
    evil = Key.generate("HS256")
    sealed = seal(evil, "refresh")
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}):
        good = key_in(State.ACTIVE, "refresh")
        assert trusted(good, "refresh"), "sealed before"
        keys.rotate("refresh")
        assert trusted(good, "refresh"), "vouched for under the new one"
    now = moments.now()
    bad = StoredKey.objects.create(
        ring_id="refresh",
        kid=evil.kid,
        alg="HS256",
        use="sig",
        sealed=sealed,
        published_at=now - DAY,
        sign_until=now + DAY,
        max_lifetime=timedelta(0),
        margin=timedelta(0),
    )
    bad.mac = sign_row(bad, store)
    bad.save()
    announced("refresh")
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}):
        assert not trusted(bad, "refresh")
        assert trusted(good, "refresh")
    ring = Ring.objects.get(pk="refresh")
    ring.serial += 5
    columns = vouch(ring, store, {evil.kid: bad.mac, good.kid: good.mac})  # under SECRET_KEY alone
    Ring.objects.filter(pk="refresh").update(**columns)
    announced("refresh")
    assert trusted(bad, "refresh"), "where there is nothing but SECRET_KEY, it is all there is"
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}):
        assert not trusted(bad, "refresh")
        assert not trusted(good, "refresh")


def test_resealing_leaves_nothing_under_the_old_key():
    """Parts, MACs of rows without a part, and those of the rings."""
    keys.import_key("access", Key.generate("ES256").public(), verify_until=moments.now() + DAY)
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}):
        list(keys.reseal())
        living = StoredKey.objects.filter(archived=False, revoked_at=None)
        assert {row.mac.partition(".")[2] for row in living} == {"2026"}
        assert {sealed_under(row) for row in living} <= {"2026", ""}
        assert {row.macs.partition(".")[2] for row in Ring.objects.all()} == {"2026"}
        assert all(trusted(row, row.ring_id) for row in living)
    with override_settings(JWTKIT={"SEALING_KEYS": [NEW]}, SECRET_KEY="another one, long since changed" * 2):
        assert all(trusted(row, row.ring_id) for row in living)


def test_another_process_hears_and_says_the_same(clock):
    """The judge reads the database, not a cache."""
    with another_process():
        keys.rotate("access", at_once=True, force=True)
    clock.now += 10
    assert trusted(key_in(State.ACTIVE))
