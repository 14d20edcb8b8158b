"""Pages that foresee what visitors will get, and what a change would change for them."""
