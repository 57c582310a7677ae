"""Files in, tenants out: every fault at once, with file and line."""
