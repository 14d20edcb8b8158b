"""Hides the staff's pages: views, forms and templates. It has no models; it writes through `partners.actions`."""
