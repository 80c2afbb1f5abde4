"""The pages of other issuers: their keys, and which of their subjects are which users."""

from .identities import ExternalIdentityAdmin
from .pages import TrustedKeySetAdmin

__all__ = ["ExternalIdentityAdmin", "TrustedKeySetAdmin"]
