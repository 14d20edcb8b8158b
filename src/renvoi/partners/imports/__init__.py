"""Files of partners that an account uploads: each is checked, then imported, in a process of its own."""
