"""The hosts that share a PostgreSQL database: each leaves a row, and compares what it is with the other rows.

Only `models.py` and the migrations need Django: the gateway writes and reads the rows without it.
"""
