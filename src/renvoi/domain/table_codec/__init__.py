"""The bytes of a routing table: how it is encoded, decoded and archived."""
