"""Publish the routing table to the gateways, and keep every published table."""
