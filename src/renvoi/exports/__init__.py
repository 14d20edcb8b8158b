"""Render a Table as CSV, XLSX or PDF. Independent of partners, models and Django."""
