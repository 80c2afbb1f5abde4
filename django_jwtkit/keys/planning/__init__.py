"""Planning: pure functions of a ring's keys, the policy and the clock."""

from .life import TRUSTED, Life, Planned, State, Turn, begin_of, signer
from .moves import Keys, Situation, add, due, hasten, made, next_key, revoke
from .plan import Plan, Step, short, verb
from .policy import Policy, last_policy, policy, register_lifetime

__all__ = [
    "TRUSTED",
    "Keys",
    "Life",
    "Plan",
    "Planned",
    "Policy",
    "Situation",
    "State",
    "Step",
    "Turn",
    "add",
    "begin_of",
    "due",
    "hasten",
    "iso",
    "last_policy",
    "made",
    "next_key",
    "policy",
    "register_lifetime",
    "revoke",
    "short",
    "signer",
    "verb",
]
