"""The keys that `migrate` has made, by their state; and how to be without them."""

from django_jwtkit.keys import KeyEvent, Ring, StoredKey, forget
from django_jwtkit.keys.sealing import sign_row, vouch
from django_jwtkit.keys.store import current_store, using


def key_in(state, ring="access", now=None):
    """Return the key of `ring` that is in `state`."""
    return next(key for key in StoredKey.objects.filter(ring_id=ring) if key.state(now) is state)


def header(key):
    """Return the header of a token that `key` signs."""
    return {"alg": key.alg, "kid": key.kid}


def wipe(ring=None):
    """Delete `ring` and its keys, or all of them, as before the first `migrate`; the history too."""
    for model, name in ((KeyEvent, "ring_id"), (StoredKey, "ring_id"), (Ring, "pk")):
        rows = model.objects.using(using()).filter(**{name: ring} if ring else {})
        rows._raw_delete(using())


def vouch_for(*rings):
    """Have `rings`, or all, vouch for their rows as they are: as if our code had written them."""
    store = current_store()
    for ring in Ring.objects.using(store.alias).filter(**({"pk__in": rings} if rings else {})):
        living = StoredKey.objects.using(store.alias).filter(ring=ring, archived=False, revoked_at=None)
        macs = {}
        for key in living:
            macs[key.kid] = sign_row(key, store.ring(ring.pk))
            living.filter(pk=key.pk).update(mac=macs[key.kid])
        columns = vouch(ring, store.ring(ring.pk), macs)
        Ring.objects.using(store.alias).filter(pk=ring.pk).update(**columns)
    forget()
