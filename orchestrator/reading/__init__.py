"""How files are read: YAML to data, data to models, and every fault by its file and line."""
