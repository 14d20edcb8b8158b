"""Read the published routing tables from either database engine, without Django."""
