"""The views of the documents that are made in the background: the window of a PDF."""
