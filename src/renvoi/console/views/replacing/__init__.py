"""Replace a partner by another one."""
