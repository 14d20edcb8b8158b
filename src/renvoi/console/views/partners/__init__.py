"""Hides the pages about partners: the list, what is done to what is ticked, the settings, the trash."""
