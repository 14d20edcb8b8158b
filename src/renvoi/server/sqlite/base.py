"""Django's SQLite backend on the newer library of the pysqlite3 wheel instead of Python's own.

Django's backend binds its functions from the module named `sqlite3` when it is first imported. This module makes that
name refer to pysqlite3 during the import, and restores it afterwards.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pysqlite3
import pysqlite3.dbapi2


@contextmanager
def _sqlite3_replaced_by_pysqlite3() -> Iterator[None]:
    replacements = {"sqlite3": pysqlite3, "sqlite3.dbapi2": pysqlite3.dbapi2}
    originals = {name: sys.modules.get(name) for name in replacements}
    sys.modules.update(replacements)
    try:
        yield
    finally:
        for name, module in originals.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


with _sqlite3_replaced_by_pysqlite3():
    from django.db.backends.sqlite3 import base, features

if not TYPE_CHECKING and base.Database is not pysqlite3.dbapi2:
    raise ImportError("Django's SQLite backend was imported before Renvoi's: it runs on Python's own library.")


class DatabaseFeatures(features.DatabaseFeatures):
    """What this library can do more than those that Django still supports."""

    # The wheel's library is compiled with MAX_VARIABLE_NUMBER=250000. Django's 999 is that of SQLite before 3.32.
    max_query_params = 250_000


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with these features."""

    features_class = DatabaseFeatures
