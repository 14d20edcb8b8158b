"""The operations of the API, by what they are about. `operations.table` has all of them."""
