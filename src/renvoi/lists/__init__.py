"""Lists of any rows: columns, search, order, pages, selection and saved views, over a `Source`."""
