"""The terminal: results on stdout, talk on stderr."""
