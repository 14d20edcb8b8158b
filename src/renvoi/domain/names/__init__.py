"""Names: folded and sort keys of any text, and what CLDR does not say of the names of countries."""
