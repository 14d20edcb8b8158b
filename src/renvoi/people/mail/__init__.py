"""Messages to the staff by e-mail."""
