"""Draw a QR code as one SVG path, which needs neither a file nor an inline style."""

from dataclasses import dataclass

import qrcode

_QUIET_ZONE = 4
"""The light modules around the code that its standard asks for."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A square of `size` modules; `path` has the dark ones."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """Return the QR code of a text."""
    code = qrcode.QRCode(border=_QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return QrCode(len(rows), path)
