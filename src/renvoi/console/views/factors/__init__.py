"""Pages of second factors: at the sign-in, of one's own account, and of an account that has lost them."""
