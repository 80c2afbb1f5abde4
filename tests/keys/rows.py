"""The keys that `migrate` has made, by what they are doing; and none at all."""

from django_jwtkit.keys import KeyEvent, Ring, StoredKey, forget
from django_jwtkit.keys.sealing import sign_row, vouch
from django_jwtkit.keys.store import current_store, using


def row(state, ring="access", now=None):
    return next(one for one in StoredKey.objects.filter(ring_id=ring) if one.state(now) is state)


def header(key):
    return {"alg": key.alg, "kid": key.kid}


def wipe(ring=None):
    """As before the first `migrate`: without `ring` or its keys, or any. Past the ban on deleting history."""
    for model, name in ((KeyEvent, "ring_id"), (StoredKey, "ring_id"), (Ring, "pk")):
        rows = model.objects.using(using()).filter(**{name: ring} if ring else {})
        rows._raw_delete(using())


def vouch_for(*rings):
    """Have `rings`, or all, vouch for their living rows as they are: as if our code had written them."""
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
