"""The former names of the folded fields. The first migrations import them from here."""

from renvoi.lists.folded_fields import FoldedCharField as KeyField
from renvoi.lists.folded_fields import FoldedTextField as KeyTextField

__all__ = ["KeyField", "KeyTextField"]
