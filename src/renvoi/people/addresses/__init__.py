"""The email of an account, with which its person signs in: how that person changes it."""
