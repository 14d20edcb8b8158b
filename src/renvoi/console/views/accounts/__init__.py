"""The accounts of the staff: their list, their roles, and the links by which they set their passwords."""
