"""The product's settings, with a data folder and a database of this test process's own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Settings of the shell's own installation, and those that xdist's first process has set, are inherited.
for _name in [name for name in os.environ if name.startswith("RENVOI_")]:
    del os.environ[_name]
FOLDER = Path(tempfile.mkdtemp(prefix="renvoi-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ["RENVOI_DATA_DIR"] = str(FOLDER)
os.environ["RENVOI_SECRET_KEY"] = "a secret of the tests alone, long enough"
# The PostgreSQL server to run the tests on; SQLite if it is empty.
SERVER = os.environ.get("TEST_DATABASE_URL", "")
if SERVER:
    os.environ["RENVOI_DATABASE_URL"] = SERVER

from renvoi.server.settings import *  # noqa: E402, F403
from renvoi.server.settings import DATABASES, STORAGES  # noqa: E402

if SERVER:
    DATABASES["default"]["ENGINE"] = "tests.postgresql"
    # No database has this name: a test that used it instead of the test database would fail.
    DATABASES["default"]["NAME"] = f"renvoi_absent_{os.getpid()}"
    DATABASES["default"]["TEST"] = {"NAME": f"renvoi_tests_{os.getpid()}"}
    # The rows of the tests need not survive a crash of the machine. Real servers keep the product's setting.
    _options = DATABASES["default"]["OPTIONS"].get("options", "")
    DATABASES["default"]["OPTIONS"]["options"] = f"{_options} -c synchronous_commit=off".strip()
else:
    # A file, because the threads of a test cannot share a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": FOLDER / "test.sqlite3"}
    # PostgreSQL returns the rows of a query without an order in any order: make a test that relies on one fail.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA reverse_unordered_selects=ON;"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# The product's hasher is slow on purpose; only the sign-in tests use it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
