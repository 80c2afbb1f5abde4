"""A plan in words: what happened to a ring, and what comes next."""

from collections.abc import Iterator

from django_jwtkit.conf import conf
from django_jwtkit.keys import Plan
from django_jwtkit.keys.planning import next_key, short, signer, verb
from django_jwtkit.wording import iso, when


def tell(plan: Plan, *, by_rotation: bool = False) -> Iterator[str]:
    """What happened to a ring, and what comes next; `by_rotation`: `rotate_keys` has just run."""
    yield f"Ring {plan.ring}:"
    if plan.lost:
        yield "  Another process was quicker, and did what was due."
    elif not plan:
        yield "  Nothing is due."
    else:
        yield from (f"  {sentence}" for sentence in plan.sentences())
    yield from (f"  Trouble: {fault}" for fault in plan.faults.values())
    yield f"  Next: {_next(plan, by_rotation=by_rotation)}"


def _next(plan: Plan, *, by_rotation: bool) -> str:
    signs, follows = signer(plan.after, plan.now), next_key(plan.after, plan.now)
    if plan.ring not in conf().rings:
        return "nothing: the ring has left the settings, and no new keys are made for it."
    if signs is None:
        # A command that has just not helped is no remedy.
        way_on = "See why: python manage.py list_keys" if by_rotation else "Run: python manage.py rotate_keys"
        return f"no key signs. {way_on} --ring {plan.ring}"
    name = f"key {short(signs.kid)}" if signs.kid else "the new key"
    if signs.fault:
        way_back = f"python manage.py rotate_keys --ring {plan.ring} --now --force"
        return f"{name} is the one that {verb(signs)}, and can't. Where it can't be mended: {way_back}"
    if follows is None or follows.sign_from is None:
        return f"{name} ({signs.algorithm}) {verb(signs)}, and no key stands by."
    heir = f"key {short(follows.kid)}" if follows.kid else "a new key"
    until = when(follows.sign_from)
    return f"{name} ({signs.algorithm}) {verb(signs)} until {until}, then {heir} takes over by itself."


def upcoming(plan: Plan) -> dict[str, object]:
    """The same for programs: who signs now, who follows and when, and which keys can't be used."""
    signs, follows = signer(plan.after, plan.now), next_key(plan.after, plan.now)
    return {
        "signs": (signs.kid or None) if signs else None,
        "next": {"kid": follows.kid or None, "sign_from": iso(follows.sign_from)} if follows else None,
        "faults": plan.faults,
    }
