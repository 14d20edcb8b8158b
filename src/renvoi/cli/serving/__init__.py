"""The commands that run Renvoi: the server, the demo, and the process that makes a PDF."""
