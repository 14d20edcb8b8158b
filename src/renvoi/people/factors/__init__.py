"""Second factors: what an account proves at its sign-in besides its password."""
