"""The new keys of a change, made before its transaction begins."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.keys.planning import Plan, Policy


class Stock:
    """Keys that are `given`, and those that were made: where a plan has to be made anew, it gets the same."""

    def __init__(self, given: Mapping[str, Key]) -> None:
        self._given = given
        self._made: dict[str, list[Key]] = {}  # by algorithm

    def lay_in(self, plan: Plan, policy: Policy) -> bool:
        """Make the keys that `plan` lacks, which is slow; return whether there were any.

        Raises `KeyUnusableError` for a key of another use than the ring's.
        """
        lacking = Counter(key.algorithm for key in plan.after if not key.kid)
        lacking.subtract({name: len(made) for name, made in self._made.items()})
        for name, number in lacking.items():
            self._made.setdefault(name, []).extend(_generated(name) for _ in range(number))
        for key in (*self._given.values(), *(key for made in self._made.values() for key in made)):
            if key.use != policy.use:
                raise KeyUnusableError(f"A key of algorithm {key.alg} does not fit ring {policy.ring}.")
        return any(number > 0 for number in lacking.values())

    def equip(self, plan: Plan, policy: Policy) -> tuple[Plan, Mapping[str, Key]]:
        """Return `plan` with the kids of its new keys, and these keys by their kids."""
        self.lay_in(plan, policy)
        made = {name: iter(keys) for name, keys in self._made.items()}
        known, after, new = {key.kid for key in plan.before}, [], {}
        for key in plan.after:
            if key.kid in known:
                after.append(key)
                continue
            secret = self._given[key.kid] if key.kid else next(made[key.algorithm])
            after.append(replace(key, kid=secret.kid or ""))
            new[secret.kid or ""] = secret
        return replace(plan, after=tuple(after)), new


def _generated(algorithm: str) -> Key:
    """A new key whose kid can be typed behind a command: one with a "-" in front would be an option."""
    key = Key.generate(algorithm, size=_size(algorithm))
    return _generated(algorithm) if (key.kid or "").startswith("-") else key


def _size(algorithm: str) -> int | None:
    """A key that is itself the CEK (`dir`) is as long as the content encryption wants it (RFC 7518 §4.5)."""
    return ENCRYPTIONS[conf().CONTENT_ENCRYPTION].key_size if algorithm == "dir" else None
