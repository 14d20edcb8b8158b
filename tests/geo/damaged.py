"""All damaged country databases: those that the tests make, and those outside of the repository where they are present.

None of them may be opened. `make_whole` is the file that the made ones begin with, which is opened.
"""

from tests.corpora.outside import outside_files
from tests.geo import damaged_contents, damaged_files
from tests.geo.damaging import MADE, Damaged, make_whole

__all__ = ["DAMAGED", "Damaged", "damaged_contents", "damaged_files", "make_whole"]

OUTSIDE = [Damaged(path.stem, path.read_bytes) for path in outside_files("damaged_mmdb/*.mmdb")]
DAMAGED = [*MADE, *OUTSIDE]
