"""Random conversations with the gateway on each way to it, and what each visitor must get."""
