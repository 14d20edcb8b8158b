"""Find the function that makes the table of a document, by the document's name.

The setting DOCUMENTS has the path of each, as Django's settings name their back ends. A document is declared by the
package that has its rows, which the packages below need not know.
"""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from renvoi.downloads.models import Download
from renvoi.exports.table import Table

TableOf = Callable[[Download], Table]
"""Makes the table of a download from its query and its language. The rows may be read lazily, once."""


def table_of(download: Download) -> Table:
    """Return the table of a download. Raises KeyError if this version does not know its document."""
    make_table: TableOf = import_string(settings.DOCUMENTS[download.document])
    return make_table(download)
