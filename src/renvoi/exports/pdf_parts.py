"""Merge the parts of a long PDF: pages, structure tree, bookmarks and page numbers.

A part is the output of records.typ for some of the rows: a Document element with one bookmark for each record. The
first part begins with the title. In the others headings are one level higher than in the merged document. A part of
rows.typ has a table instead, and no bookmarks.
"""

import io
import re
from collections.abc import Iterator

from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Page, Pdf, Stream
from pikepdf import Object as PdfObject

_UA_MARK = re.compile(rb"<pdfuaid:part>1</pdfuaid:part>")
_PAGE_COUNT = re.compile(rb"(?<=<xmpTPg:NPages>)\d+(?=</xmpTPg:NPages>)")
_TOTAL = Name("/RenvoiTotal")
_DRAW_OPERATORS = b"/Artifact <</Type /Pagination>> BDC q /RenvoiTotal Do Q EMC\n"


class PdfMerger:
    """The parts merged so far. It holds their bytes only, so that typst can free its memory."""

    def __init__(self) -> None:
        self._merged: Pdf | None = None

    @property
    def page_count(self) -> int:
        """How many pages the parts appended so far have."""
        return len(self._merged.pages) if self._merged else 0

    def append(self, content: bytes) -> None:
        """Append a part."""
        part = Pdf.open(io.BytesIO(content))
        if self._merged is None:
            self._merged = part
        else:
            _append(self._merged, part)

    def finish(self, *, total: bytes, is_tagged_ua: bool) -> bytes:
        """Draw `total` on each page, and return the merged PDF. Call it once.

        `total` is a PDF with one page, which shows only the number of pages, in its place.
        """
        if self._merged is None:
            raise ValueError("There are no parts to merge.")
        _draw_total(self._merged, total)
        _describe(self._merged, is_tagged_ua=is_tagged_ua)
        file = io.BytesIO()
        self._merged.save(file, object_stream_mode=ObjectStreamMode.generate)
        self._merged.close()
        return file.getvalue()


def _append(merged: Pdf, part: Pdf) -> None:
    first_added = len(merged.pages)
    merged.pages.extend(part.pages)
    tree, added = merged.Root.StructTreeRoot, merged.copy_foreign(part.Root.StructTreeRoot)
    offset = int(tree.ParentTreeNextKey)
    _append_structure(tree, added, offset=offset)
    for number in range(first_added, len(merged.pages)):
        _shift_structure_keys(merged.pages[number], offset=offset)
    if "/First" in part.Root.get("/Outlines", Dictionary()):
        _append_bookmarks(merged.Root.Outlines, merged.copy_foreign(part.Root.Outlines))


def _append_structure(tree: PdfObject, added: PdfObject, *, offset: int) -> None:
    """Move the part's elements into the Document of the merged structure tree, and lower their headings by a level.

    The keys of the part's parent tree are raised by `offset`.
    """
    document = _only_child(tree.K)
    for element in _only_child(added.K).K:
        element.P = document
        if element.S == Name.H1:
            element.S = Name.H2
        document.K.append(element)
    numbers, added_numbers = tree.ParentTree.Nums, added.ParentTree.Nums
    for position in range(0, len(added_numbers), 2):
        numbers.append(int(added_numbers[position]) + offset)
        numbers.append(added_numbers[position + 1])
    tree.ParentTreeNextKey = offset + int(added.ParentTreeNextKey)


def _shift_structure_keys(page: Page, *, offset: int) -> None:
    if "/StructParents" in page.obj:
        page.obj.StructParents = int(page.obj.StructParents) + offset
    for annotation in page.obj.get("/Annots", Array()):
        annotation.StructParent = int(annotation.StructParent) + offset


def _append_bookmarks(outlines: PdfObject, added: PdfObject) -> None:
    first, last = added.First, added.Last
    outlines.Last.Next, first.Prev = first, outlines.Last
    for item in _siblings(first):
        item.Parent = outlines
    outlines.Last = last
    outlines.Count = int(outlines.Count) + int(added.Count)


def _siblings(item: PdfObject) -> Iterator[PdfObject]:
    yield item
    while "/Next" in item:
        item = item.Next
        yield item


def _draw_total(merged: Pdf, total: bytes) -> None:
    with Pdf.open(io.BytesIO(total)) as numbers:
        form = merged.copy_foreign(numbers.pages[0].as_form_xobject())
        draw = Stream(merged, _DRAW_OPERATORS)
        for page in merged.pages:
            resources = page.obj.Resources
            if "/XObject" not in resources:
                resources.XObject = Dictionary()
            resources.XObject[_TOTAL] = form
            page.contents_add(draw)


def _describe(merged: Pdf, *, is_tagged_ua: bool) -> None:
    metadata = _PAGE_COUNT.sub(str(len(merged.pages)).encode(), merged.Root.Metadata.read_bytes())
    if not is_tagged_ua:
        metadata = _UA_MARK.sub(b"", metadata)
    merged.Root.Metadata = Stream(merged, metadata, Type=Name.Metadata, Subtype=Name.XML)


def _only_child(kids: PdfObject) -> PdfObject:
    return kids[0] if isinstance(kids, Array) else kids
