"""Store the operator's logos by digest. A routing table names a logo; it does not contain it.

Every table is archived for ever, and each would have the same 64 KB otherwise (docs/adr/0044). A logo is never deleted:
an archived table or an undo may name it, and an operator has few.
"""

from renvoi.domain.table import Logo
from renvoi.publication.models import StoredLogo


def store_logo(logo: Logo, png: bytes) -> None:
    """Store the PNG of a logo unless it is stored. Nothing shows it before an action names it."""
    row = StoredLogo(digest=logo.digest, width=logo.width, height=logo.height, content=png)
    StoredLogo.objects.bulk_create([row], ignore_conflicts=True)


def stored_logo(digest: str) -> Logo | None:
    """Return the stored logo of a digest; None if there is none. One query, none for an empty digest."""
    if not digest:
        return None
    size = StoredLogo.objects.filter(digest=digest).values_list("width", "height").first()
    return Logo(digest, *size) if size else None


def read_logo(digest: str) -> bytes | None:
    """Return the PNG of a digest; None if none is stored."""
    content = StoredLogo.objects.filter(digest=digest).values_list("content", flat=True).first()
    return None if content is None else bytes(content)
