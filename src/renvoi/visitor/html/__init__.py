"""The visitor's pages as HTML: templates, style sheet, message catalogues."""
