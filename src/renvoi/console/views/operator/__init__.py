"""The pages about the operator itself, rather than its partners."""
