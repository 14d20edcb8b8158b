"""Django settings, URLs, the ASGI application and the server: the only package that imports all the others."""
