"""Models: all interleavings, of an abstract refresh and rotation and of the real code."""

import os
from typing import Final

FULL: Final = os.environ.get("JWTKIT_MODELS") == "full"
