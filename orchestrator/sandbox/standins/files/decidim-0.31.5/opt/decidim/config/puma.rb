# Read by nobody here: threads and port come from the environment.
