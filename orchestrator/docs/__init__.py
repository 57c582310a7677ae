"""The pages that ship inside the package: error codes and topics of the command line."""
