"""The former names of the folded fields, under which the first migrations import them."""

from renvoi.partners.folded_fields import FoldedCharField as KeyField
from renvoi.partners.folded_fields import FoldedTextField as KeyTextField

__all__ = ["KeyField", "KeyTextField"]
