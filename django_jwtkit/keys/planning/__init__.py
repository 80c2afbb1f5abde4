"""Planning: pure functions of a ring's keys, the policy and the clock."""

from .line import Life, Planned, State
from .moves import Keys, Situation, add, due, hasten, made, next_key, revoke, signer
from .plan import Plan, Step, iso, short
from .policy import Policy, policy, promise

__all__ = [
    "Keys",
    "Life",
    "Plan",
    "Planned",
    "Policy",
    "Situation",
    "State",
    "Step",
    "add",
    "due",
    "hasten",
    "iso",
    "made",
    "next_key",
    "policy",
    "promise",
    "revoke",
    "short",
    "signer",
]
