"""Read partners from CSV, XLSX or a pasted block, and plan what an import would change. Nothing here writes."""
