"""The keys that a ring may trust, as a process reads them: plain values, for a model takes as long again."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django_jwtkit.keys.planning import Life

from .locating import Address
from .models import StoredKey


class _Columns(NamedTuple):
    ring_id: str
    kid: str
    alg: str
    use: str
    public_jwk: str
    sealed: str
    published_at: datetime
    sign_from: datetime | None
    sign_until: datetime | None
    max_lifetime: timedelta
    margin: timedelta
    mac: str


class LivingKey(_Columns):
    """The columns of a key that is neither archived nor revoked, without those that decide nothing."""

    __slots__ = ()

    archived: Final = False
    revoked_at: Final = None

    def __repr__(self) -> str:
        return f"<LivingKey {self.kid}>"  # it may stand in a log or on an error page

    @property
    def needs_private(self) -> bool:
        """Whether only the private part verifies or decrypts: the key is symmetric, or for encryption."""
        return self.use == "enc" or not self.public_jwk

    @property
    def life(self) -> Life:
        return Life(
            published_at=self.published_at,
            sign_from=self.sign_from,
            sign_until=self.sign_until,
            max_lifetime=self.max_lifetime,
            margin=self.margin,
        )


KeyRow = StoredKey | LivingKey


def living_keys(address: Address) -> list[LivingKey]:
    """Read the keys of the ring at `address` that are neither archived nor revoked."""
    # In one order on each host: another would be another text of the JWKS, and another ETag.
    rows = StoredKey.objects.using(address.alias).filter(ring_id=address.ring).order_by("pk")
    living = rows.filter(archived=False, revoked_at=None).values_list(*LivingKey._fields)
    # Made in C: no frame of ours holds a row that an error page could show.
    return list(map(LivingKey._make, living))
