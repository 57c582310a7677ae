"""Dumps of MongoDB, taken and loaded through its protocol, in the folders of `mongodump`.

A database is a folder; a collection is `NAME.bson`, its documents one after the other as the server
sent them, and `NAME.metadata.json` with its options and indexes. MongoDB's own `mongorestore` reads
them. Runs inside the image of the keeper, with the driver that Debian packages; no other module of
ours is there.

What it cannot do: a moment that holds for several collections (a single server without a log of
its operations has none), time series, and users, which belong to whoever starts the server.
"""
