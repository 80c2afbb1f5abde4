"""The test project with a second database that the keys do not live in."""

import os

from testproject.settings import *  # noqa: F403
from testproject.settings import DATABASES

DATABASES["other"] = DATABASES["default"] | {"NAME": os.environ["JWTKIT_OTHER_DATABASE"]}
