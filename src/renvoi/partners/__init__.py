"""Write, list, export and publish partners and the coverage area. The only package that writes business rows."""
