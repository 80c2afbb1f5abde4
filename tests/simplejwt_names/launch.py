"""The server's module: the release that is current when a worker starts, and none after that."""

import os
import sys

sys.path.insert(0, os.path.realpath(os.environ["SHOP_CURRENT"]))

from shop.wsgi import application

__all__ = ["application"]
