"""uvicorn's HTTP/1.1 protocol with limits, refusals in their turn, and the fast path."""
