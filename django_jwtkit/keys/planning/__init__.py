"""Planning: pure functions of a ring's keys, its policy and the clock."""

from .active_key import acting_signer, by_turn, signer
from .life import LATEST, NEVER, TRUSTED, Life, Phase, State, TrustWindow, Turn
from .lifetimes import register_lifetime
from .planned import Keys, Planned
from .planner import Situation, add, new_key, next_key, revoke, rotate, rotate_now
from .plans import FURTHER_NOTICE, NOW, TEXTS, Plan, Step, is_for_encryption, short, verb
from .policies import Policy, last_policy, policy

__all__ = [
    "FURTHER_NOTICE",
    "LATEST",
    "NEVER",
    "NOW",
    "TEXTS",
    "TRUSTED",
    "Keys",
    "Life",
    "Phase",
    "Plan",
    "Planned",
    "Policy",
    "Situation",
    "State",
    "Step",
    "TrustWindow",
    "Turn",
    "acting_signer",
    "add",
    "by_turn",
    "is_for_encryption",
    "last_policy",
    "new_key",
    "next_key",
    "policy",
    "register_lifetime",
    "revoke",
    "rotate",
    "rotate_now",
    "short",
    "signer",
    "verb",
]
