"""Our substitute for the Pulumi plugin `kubernetes`, for sites where that cannot be installed.

It keeps the same identifiers and leaves the same checkpoint as the official plugin, so that either
can go on with a stack that the other made.
"""
