"""The product's settings, with a data folder and a database that belong to this run of the tests alone."""

import os
import tempfile
from pathlib import Path

_FOLDER = Path(os.environ.setdefault("RENVOI_DATA_DIR", tempfile.mkdtemp(prefix="renvoi-tests-")))
os.environ.setdefault("RENVOI_SECRET_KEY", "a secret of the tests alone, long enough")

from renvoi.server.settings import *  # noqa: E402, F403
from renvoi.server.settings import DATABASES, STORAGES  # noqa: E402

# A file: threads of one test can't share a database in memory.
DATABASES["default"]["TEST"] = {"NAME": _FOLDER / "test.sqlite3"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Real passwords are hashed slowly on purpose; the sign-in tests use the product's own hasher.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
