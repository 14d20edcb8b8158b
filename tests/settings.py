"""The product's settings, with a data folder and a database of this test process's own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Whatever the shell says of a Renvoi of its own; what the first process of xdist has set is inherited too.
for _name in [name for name in os.environ if name.startswith("RENVOI_")]:
    del os.environ[_name]
FOLDER = Path(tempfile.mkdtemp(prefix="renvoi-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ["RENVOI_DATA_DIR"] = str(FOLDER)
os.environ["RENVOI_SECRET_KEY"] = "a secret of the tests alone, long enough"
# The engine: SQLite, or the PostgreSQL server that is named here.
SERVER = os.environ.get("TEST_DATABASE_URL", "")
if SERVER:
    os.environ["RENVOI_DATABASE_URL"] = SERVER

from renvoi.server.settings import *  # noqa: E402, F403
from renvoi.server.settings import DATABASES, STORAGES  # noqa: E402

if SERVER:
    DATABASES["default"]["ENGINE"] = "tests.postgresql"
    # There is none of that name: a test that goes astray finds nothing to spoil.
    DATABASES["default"]["NAME"] = f"renvoi_absent_{os.getpid()}"
    DATABASES["default"]["TEST"] = {"NAME": f"renvoi_tests_{os.getpid()}"}
    # Nothing of the tests' own must outlive a crash of the machine. What a real server writes is as durable as ever.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
else:
    # A file: threads of one test can't share a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": FOLDER / "test.sqlite3"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Real passwords are hashed slowly on purpose; the sign-in tests use the product's own hasher.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
