"""What each product needs of a cluster, as pure functions from values to resources.

Nothing here reads a file, a clock or a network; `stacks.program` alone knows an engine.
"""
