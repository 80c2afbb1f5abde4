"""Which key takes over from the active one, and whether all that verify know it, in words."""

from datetime import timedelta
from typing import Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit.keys import Plan, Policy
from django_jwtkit.keys.planning import Planned, is_for_encryption, next_key, signer
from django_jwtkit.wording import KeyName, Message


class _Texts(NamedTuple):
    """The words for a takeover; consumers are other services, else only our own processes know the key."""

    new_for_consumers: str
    new: str
    consumers_know: str
    processes_know: str
    consumers_wait: str
    processes_wait: str


SIGNING: Final = _Texts(
    gettext_noop(
        "A new key is made, which signs at once; consumers of the JWKS may refuse its tokens at first."
    ),
    gettext_noop("A new key is made, which signs at once."),
    gettext_noop(
        "Key {key} signs at once. It was published {published} ({age} ago), so all consumers know it."
    ),
    gettext_noop(
        "Key {key} signs at once. It was published {published} ({age} ago), so all processes know it."
    ),
    gettext_noop(
        "Key {key} signs at once. It was published {published}; some consumers may refuse its tokens for "
        "another {wait}."
    ),
    gettext_noop(
        "Key {key} signs at once. It was published {published}; some processes may refuse its tokens for "
        "another {wait}."
    ),
)
ENCRYPTING: Final = _Texts(
    gettext_noop(
        "A new key is made, which encrypts at once; consumers of the JWKS may refuse its tokens at first."
    ),
    gettext_noop("A new key is made, which encrypts at once."),
    gettext_noop(
        "Key {key} encrypts at once. It was published {published} ({age} ago), so all consumers know it."
    ),
    gettext_noop(
        "Key {key} encrypts at once. It was published {published} ({age} ago), so all processes know it."
    ),
    gettext_noop(
        "Key {key} encrypts at once. It was published {published}; some consumers may refuse its tokens for "
        "another {wait}."
    ),
    gettext_noop(
        "Key {key} encrypts at once. It was published {published}; some processes may refuse its tokens for "
        "another {wait}."
    ),
)


def describe_takeover(plan: Plan, successor: Planned | None, *, has_consumers: bool) -> Message:
    """Say which key signs after `plan`, and whether all that verify know it."""
    if successor is None:
        return _describe_gap(plan)
    if successor.fault:
        text = gettext_noop("Key {key} would take over but cannot be used. {fault}")
        return Message(text, {"key": KeyName(successor.kid), "fault": successor.fault})
    texts = ENCRYPTING if is_for_encryption(successor.algorithm) else SIGNING
    if not successor.kid:
        return Message(texts.new_for_consumers if has_consumers else texts.new)
    published = {"key": KeyName(successor.kid), "published": successor.published_at}
    if plan.is_safe or plan.safe_from is None:
        text = texts.consumers_know if has_consumers else texts.processes_know
        return Message(text, {**published, "age": plan.now - successor.published_at})
    text = texts.consumers_wait if has_consumers else texts.processes_wait
    return Message(text, {**published, "wait": max(plan.safe_from - plan.now, timedelta(0))})


def describe_bystander(plan: Plan, signing: Planned | None) -> Message:
    """Say that a key which does not sign leaves new tokens as they are, and which key signs."""
    if signing is None or signing.begins <= plan.now:
        return Message(gettext_noop("It is not the active key: nothing changes for new tokens."))
    text = gettext_noop(
        "Nothing changes for new tokens: key {key} signs them already, before its turn. The plan writes that "
        "into its row."
    )
    if is_for_encryption(signing.algorithm):
        text = gettext_noop(
            "Nothing changes for new tokens: key {key} encrypts them already, before its turn. The plan "
            "writes that into its row."
        )
    return Message(text, {"key": KeyName(signing.kid)})


def _describe_gap(plan: Plan) -> Message:
    standby = next_key(plan.after, plan.now)
    if standby is None:
        return Message(gettext_noop("There is no other key: nothing is signed until one is made."))
    text = gettext_noop(
        "Key {key} is the standby, but this host cannot vouch for its turn: run rotate_keys on a host that "
        "has its sealing key."
    )
    return Message(text, {"key": KeyName(standby.kid)})


READY: Final = {
    True: gettext_noop("Safe: key {key} has been published for {age}, and consumers need {spread}."),
    False: gettext_noop("Safe: all of our processes know key {key}, and no other service needs it."),
}
NOT_READY: Final = {
    True: gettext_noop(
        "Not safe yet: consumers that cache the public keys may not know key {key}, and would refuse its "
        "tokens for another {wait}, until {end}."
    ),
    False: gettext_noop(
        "Not safe yet: another of our processes may not have read key {key}, and would refuse its tokens "
        "for another {wait}, until {end}."
    ),
}
"""Whether the next key can sign, by whether the ring has consumers."""
NOT_MADE: Final = {
    True: gettext_noop(
        "Not safe yet: consumers that cache the public keys cannot know a key that is made now, and would "
        "refuse its tokens for {wait}."
    ),
    False: gettext_noop(
        "Not safe yet: our other processes cannot know a key that is made now, and would refuse its tokens "
        "for {wait}."
    ),
}
"""The same, where the next key is not made yet."""


def describe_readiness(plan: Plan, policy: Policy) -> Message | None:
    """Say whether all that verify know the key that signs after `plan`; None where no other key will."""
    following = signer(plan.after, plan.now)
    if following is None or plan.safe_from is None:
        return None
    wait = max(plan.safe_from - plan.now, timedelta(0))
    if not following.kid and not plan.is_safe:
        return Message(NOT_MADE[policy.has_consumers], {"wait": wait})
    values = {
        "key": KeyName(following.kid),
        "age": plan.now - following.published_at,
        "spread": policy.spread,
        "wait": wait,
        "end": plan.safe_from,
    }
    return Message((READY if plan.is_safe else NOT_READY)[policy.has_consumers], values)
