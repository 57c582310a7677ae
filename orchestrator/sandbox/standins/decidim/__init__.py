"""A stand-in for Decidim: its processes, environment, tables and traps, and none of its features.

Inside the image the package lies under the same name below `/usr/lib/decidim`, so it imports
nothing of ours but itself and `common`. It runs on Debian's own Python packages.
"""
