"""An authenticating front before a small database that speaks MongoDB's wire protocol.

The database behind it knows no users. The front demands SCRAM-SHA-256, keeps the users, and lets a
connection use the databases of its user. It answers the handshake itself as a server of version 7
and passes whole messages on, one at a time for each connection.

What it cannot do:

- no TLS, no SCRAM-SHA-1, no certificates, no compression, no replica set, no transactions that
  span databases, no change streams that outlive their connection;
- roles are reduced to reading or writing a database; there are none of one's own making;
- a pipeline that names another database is refused rather than looked into;
- names and passwords are normalised (NFKC), not fully prepared as the standard demands;
- nobody is locked out after failed attempts, and nothing is audited;
- a text index outlives its collection when that is dropped alone, and is in no list of indexes;
- dumps are taken through the protocol: the files behind it are no MongoDB files.
"""
