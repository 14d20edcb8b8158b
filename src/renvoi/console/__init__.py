"""The pages for staff: views, forms and templates. It has no models and writes through `partners.actions`."""
