"""Database backend of the tests on PostgreSQL: the product's, with a collation of its own for the test database."""
