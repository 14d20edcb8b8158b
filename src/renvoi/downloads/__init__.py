"""Files made in the background, each in a process of its own: a job, its progress, and an address for a day.

It makes a PDF of any `Table`: the setting DOCUMENTS names those who make the tables.
"""
