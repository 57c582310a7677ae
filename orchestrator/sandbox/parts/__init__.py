"""What the sandbox is made of: one module a layer, each giving parts as values."""
