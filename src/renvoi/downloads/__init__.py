"""Files made in the background, each in a process of its own: a job, its progress, and an address for a day.

It makes a PDF of any `Table`; what the table holds is its caller's business.
"""
