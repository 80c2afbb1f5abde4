"""The new keys of a change, made before its transaction begins."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key, jwa
from django_jwtkit.keys.planning import Plan, Policy
from django_jwtkit.wording import message as _


class NewKeys:
    """The keys that were `supplied`, and those that were made: a plan that is made anew gets the same."""

    def __init__(self, supplied: Mapping[str, Key]) -> None:
        self._supplied = supplied
        self._generated: dict[str, list[Key]] = {}  # by algorithm

    def make_missing(self, plan: Plan, policy: Policy) -> int:
        """Make the keys that `plan` lacks, which is slow; return their number.

        Raises `KeyUnusableError` for a key of another use than the ring's.
        """
        missing = Counter(key.algorithm for key in plan.after if not key.kid)
        missing.subtract({algorithm: len(keys) for algorithm, keys in self._generated.items()})
        for algorithm, number in missing.items():
            new = [_generate(algorithm) for _ in range(number)]
            self._generated.setdefault(algorithm, []).extend(new)
        for key in (*self._supplied.values(), *(key for keys in self._generated.values() for key in keys)):
            if key.use != policy.use:
                raise KeyUnusableError(
                    _("A key of algorithm {alg} does not fit ring {ring}.", alg=key.alg, ring=policy.ring)
                )
        return sum(number for number in missing.values() if number > 0)

    def fill_in(self, plan: Plan, policy: Policy) -> tuple[Plan, Mapping[str, Key]]:
        """Return `plan` with the key IDs of its new keys, and these keys by their key IDs."""
        self.make_missing(plan, policy)
        generated = {algorithm: iter(keys) for algorithm, keys in self._generated.items()}
        kids, after, new = {key.kid for key in plan.before}, [], {}
        for key in plan.after:
            if key.kid in kids:
                after.append(key)
                continue
            secret = self._supplied[key.kid] if key.kid else next(generated[key.algorithm])
            after.append(replace(key, kid=secret.kid or ""))
            new[secret.kid or ""] = secret
        return replace(plan, after=tuple(after)), new


def _generate(algorithm: str) -> Key:
    """Make a key whose kid can be typed after a command: with a "-" in front it would be an option."""
    key = Key.generate(algorithm, size=_size(algorithm))
    return _generate(algorithm) if (key.kid or "").startswith("-") else key


def _size(algorithm: str) -> int | None:
    """Return the length of a key that is itself the CEK (`dir`), which depends on `enc` (RFC 7518 §4.5)."""
    return jwa.ENCRYPTIONS[conf().CONTENT_ENCRYPTION].key_size if algorithm == "dir" else None
