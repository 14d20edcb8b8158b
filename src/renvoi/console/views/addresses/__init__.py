"""The pages on which a person changes the email of the own account."""
