"""Read files of partners: CSV, XLSX and pasted blocks become rows of cells."""
