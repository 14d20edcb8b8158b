"""Publish routing tables to the gateways, and keep every published table. The caller says what they contain."""
