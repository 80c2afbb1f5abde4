"""Plans in words: the steps that were taken, and the next one."""

from collections.abc import Iterator

from django_jwtkit.conf import conf
from django_jwtkit.keys import Plan
from django_jwtkit.keys.planning import next_key, short, signer, verb
from django_jwtkit.wording import iso, when


def describe_plan(plan: Plan, *, by_rotation: bool = False) -> Iterator[str]:
    """Yield the steps of a plan and what comes next; `by_rotation`: `rotate_keys` has just run."""
    yield f"Ring {plan.ring}:"
    if plan.lost:
        yield "  Another process has already rotated this ring."
    elif not plan:
        yield "  Nothing is due."
    else:
        yield from (f"  {sentence}" for sentence in plan.sentences())
    yield from (f"  Problem: {fault}" for fault in plan.faults.values())
    yield f"  Next: {_next(plan, by_rotation=by_rotation)}"


def _next(plan: Plan, *, by_rotation: bool) -> str:
    signing, follower = signer(plan.after, plan.now), next_key(plan.after, plan.now)
    if plan.ring not in conf().rings:
        return "nothing: the ring has left the settings, and no new keys are made for it."
    if signing is None:
        # `rotate_keys` is no remedy where it has just run in vain.
        remedy = "See why: python manage.py list_keys" if by_rotation else "Run: python manage.py rotate_keys"
        return f"no key signs. {remedy} --ring {plan.ring}"
    name = f"key {short(signing.kid)}" if signing.kid else "the new key"
    if signing.fault:
        remedy = f"python manage.py rotate_keys --ring {plan.ring} --now --force"
        return f"{name} is the active key but cannot be used. If it cannot be repaired, run: {remedy}"
    if follower is None or follower.sign_from is None:
        return f"{name} ({signing.algorithm}) {verb(signing)}, and there is no standby."
    successor = f"key {short(follower.kid)}" if follower.kid else "a new key"
    until = when(follower.sign_from)
    return (
        f"{name} ({signing.algorithm}) {verb(signing)} until {until}, then {successor} takes over by itself."
    )


def summarize_plan(plan: Plan) -> dict[str, object]:
    """Return for programs which key signs, which follows and when, and which cannot be used."""
    signing, follower = signer(plan.after, plan.now), next_key(plan.after, plan.now)
    following = follower and {"kid": follower.kid or None, "sign_from": iso(follower.sign_from)}
    return {
        "signs": (signing.kid or None) if signing else None,
        "next": following,
        "faults": plan.faults,
    }
