"""How to believe a request: its headers, the proxies that may speak for a client, and our own origins."""
