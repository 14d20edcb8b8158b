"""Hides the commands that run Renvoi: the servers, the demo, and what a server starts beside itself."""
