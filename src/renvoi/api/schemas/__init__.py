"""The JSON schemas of what the API takes and answers."""
