"""The list of partners: its query string, columns, selection and saved views, and what a deletion would take away."""
