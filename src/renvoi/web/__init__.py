"""Interpret HTTP requests: headers, trusted proxies, and the site's own hosts and origin."""
