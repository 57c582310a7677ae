"""`make bench`: time and memory, as figures and as ratios or shares that mean something elsewhere.

No figure here is a test: they are for people to compare before and after a change. What needs a
live tenant, or one that is not there yet, is left out with the reason otherwise.
"""
