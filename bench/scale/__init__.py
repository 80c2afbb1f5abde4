"""That cost does not grow: with stored keys, with rings, with issuers, with sessions."""

FEW_KEYS, PAGE_OF_KEYS, MANY_KEYS = 10, 100, 10_000
MANY_RINGS = MANY_ISSUERS = 1_000
