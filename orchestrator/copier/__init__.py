"""Carries every version of an instance's objects into the store of its backups.

For products that thin their versions out and destroy those of what is deleted: what the instance
itself can destroy is no backup. It runs in a pod of its own, beside the instance, and knows nothing
of the rest of this package; the names that it gives are read by whoever brings something back.
"""
