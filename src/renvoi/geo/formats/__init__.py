"""The formats of country data: MaxMind's, which is only read, and two versions of Renvoi's own."""
