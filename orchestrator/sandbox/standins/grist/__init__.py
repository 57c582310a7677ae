"""A stand-in for Grist: its environment, home database, documents, probes and traps.

Inside the image the package lies under the same name below `/usr/lib/grist`, so it imports nothing
of ours but itself and `common`. It runs on Debian's own Python packages.
"""
