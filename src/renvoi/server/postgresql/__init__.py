"""Django database backend that limits the PostgreSQL sessions of one process. See docs/adr/0013."""
