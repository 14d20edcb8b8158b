"""The golden visitors: their list and what each gets, one to edit, and many to paste."""
