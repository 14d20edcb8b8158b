"""Hides how the parts of a long PDF become one: pages, what they mean to a reader's software, bookmarks, numbers.

A part is what records.typ makes of some of the rows: a Document whose bookmarks are its records. The first part begins
with the title; in the others, headings stand one level higher than in the whole.
"""

import io
import re
from collections.abc import Iterator

from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Page, Pdf, Stream
from pikepdf import Object as Thing

_UA_MARK = re.compile(rb"<pdfuaid:part>1</pdfuaid:part>")
_PAGE_COUNT = re.compile(rb"(?<=<xmpTPg:NPages>)\d+(?=</xmpTPg:NPages>)")
_TOTAL = Name("/RenvoiTotal")
_DRAW_TOTAL = b"/Artifact <</Type /Pagination>> BDC q /RenvoiTotal Do Q EMC\n"


class Parts:
    """The parts so far, joined; it holds their bytes, and nothing of typst's."""

    def __init__(self) -> None:
        self._whole: Pdf | None = None

    @property
    def pages(self) -> int:
        """How many pages there are so far."""
        return len(self._whole.pages) if self._whole else 0

    def append(self, content: bytes) -> None:
        """Put a part behind the others."""
        part = Pdf.open(io.BytesIO(content))
        if self._whole is None:
            self._whole = part
        else:
            _append(self._whole, part)

    def joined(self, *, total: bytes, is_tagged_ua: bool) -> bytes:
        """The whole, with `total` (one page: the number of pages, in its place) drawn on each page. Closes it."""
        if self._whole is None:
            raise ValueError("There is nothing to join.")
        _draw_on_each(self._whole, total)
        _describe(self._whole, is_tagged_ua=is_tagged_ua)
        file = io.BytesIO()
        self._whole.save(file, object_stream_mode=ObjectStreamMode.generate)
        self._whole.close()
        return file.getvalue()


def _append(whole: Pdf, part: Pdf) -> None:
    before = len(whole.pages)
    whole.pages.extend(part.pages)
    tree, added = whole.Root.StructTreeRoot, whole.copy_foreign(part.Root.StructTreeRoot)
    offset = int(tree.ParentTreeNextKey)
    _append_meaning(tree, added, offset=offset)
    for number in range(before, len(whole.pages)):
        _shift_keys(whole.pages[number], offset=offset)
    _append_bookmarks(whole.Root.Outlines, whole.copy_foreign(part.Root.Outlines))


def _append_meaning(tree: Thing, added: Thing, *, offset: int) -> None:
    """Hang the part's elements under the whole's Document, headings lowered; its keys follow the whole's."""
    document = _only(tree.K)
    for element in _only(added.K).K:
        element.P = document
        if element.S == Name.H1:
            element.S = Name.H2
        document.K.append(element)
    numbers, more = tree.ParentTree.Nums, added.ParentTree.Nums
    for at in range(0, len(more), 2):
        numbers.append(int(more[at]) + offset)
        numbers.append(more[at + 1])
    tree.ParentTreeNextKey = offset + int(added.ParentTreeNextKey)


def _shift_keys(page: Page, *, offset: int) -> None:
    if "/StructParents" in page.obj:
        page.obj.StructParents = int(page.obj.StructParents) + offset
    for note in page.obj.get("/Annots", Array()):
        note.StructParent = int(note.StructParent) + offset


def _append_bookmarks(outlines: Thing, added: Thing) -> None:
    first, last = added.First, added.Last
    outlines.Last.Next, first.Prev = first, outlines.Last
    for item in _following(first):
        item.Parent = outlines
    outlines.Last = last
    outlines.Count = int(outlines.Count) + int(added.Count)


def _following(item: Thing) -> Iterator[Thing]:
    yield item
    while "/Next" in item:
        item = item.Next
        yield item


def _draw_on_each(whole: Pdf, total: bytes) -> None:
    with Pdf.open(io.BytesIO(total)) as numbers:
        form = whole.copy_foreign(numbers.pages[0].as_form_xobject())
        draw = Stream(whole, _DRAW_TOTAL)
        for page in whole.pages:
            resources = page.obj.Resources
            if "/XObject" not in resources:
                resources.XObject = Dictionary()
            resources.XObject[_TOTAL] = form
            page.contents_add(draw)


def _describe(whole: Pdf, *, is_tagged_ua: bool) -> None:
    described = _PAGE_COUNT.sub(str(len(whole.pages)).encode(), whole.Root.Metadata.read_bytes())
    if not is_tagged_ua:
        described = _UA_MARK.sub(b"", described)
    whole.Root.Metadata = Stream(whole, described, Type=Name.Metadata, Subtype=Name.XML)


def _only(kids: Thing) -> Thing:
    return kids[0] if isinstance(kids, Array) else kids
