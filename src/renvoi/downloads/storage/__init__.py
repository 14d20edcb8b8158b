"""Store the files of downloads where every host sees them: the data folder on SQLite, the database on PostgreSQL."""
