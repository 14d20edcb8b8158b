"""The former names of the folded fields. The first migrations import them from here."""

from renvoi.partners.model_fields import FoldedCharField as KeyField
from renvoi.partners.model_fields import FoldedTextField as KeyTextField

__all__ = ["KeyField", "KeyTextField"]
