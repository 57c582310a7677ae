"""A stand-in for the RUDI producer node: catalog, storage and manager, with their traps.

Inside the image the package lies under the same name below `/usr/lib/rudi`, so it imports nothing
of ours but itself. It runs on Debian's own Python packages. Names of files, variables, routes and
fields are the product's; the code behind them is not.
"""
