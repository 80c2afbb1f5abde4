"""Show that the cost does not grow with the number of keys, rings, issuers and sessions."""

FEW_KEYS, PAGE_OF_KEYS, MANY_KEYS = 10, 100, 10_000
MANY_RINGS = MANY_ISSUERS = 1_000
