"""The security log: sign-ins, refused ones, and changes of passwords and rights."""
