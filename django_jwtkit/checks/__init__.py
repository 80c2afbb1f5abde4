"""System checks: every fault has a number, and a hint that says what fixes it."""

from .browsers import check_browsers
from .database import check_keys, check_scope
from .deployment import check_ceilings, check_deployment, check_guessing, check_metadata, check_rates
from .faults import FAULTS
from .project import (
    check_claims_function,
    check_commands,
    check_names,
    check_order,
    check_paths,
    check_tenants,
    check_user_id_field,
    check_users,
)
from .settings import (
    check_algorithms,
    check_issuers,
    check_public_issuers,
    check_relations,
    check_sealing_keys,
    check_sizes,
    check_times,
    check_values,
)
from .simplejwt import check_blacklist, check_bridge, check_bridge_length, check_simplejwt

__all__ = [
    "FAULTS",
    "check_algorithms",
    "check_blacklist",
    "check_bridge",
    "check_bridge_length",
    "check_browsers",
    "check_ceilings",
    "check_claims_function",
    "check_commands",
    "check_deployment",
    "check_guessing",
    "check_issuers",
    "check_keys",
    "check_metadata",
    "check_names",
    "check_order",
    "check_paths",
    "check_public_issuers",
    "check_rates",
    "check_relations",
    "check_scope",
    "check_sealing_keys",
    "check_simplejwt",
    "check_sizes",
    "check_tenants",
    "check_times",
    "check_user_id_field",
    "check_users",
    "check_values",
]
