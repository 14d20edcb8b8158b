"""Lists become files here: one Table, and CSV, XLSX or PDF. Knows no partner, no model, no Django."""
