"""What visitors get, beside the pages of the partners: a line above the list, a page beside the form."""
