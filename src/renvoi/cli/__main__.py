"""`python -m renvoi.cli`: the program `renvoi`."""

from renvoi.cli import main

main()
