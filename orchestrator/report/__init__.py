"""Reports for auditors and support: one result, a writer for each format."""
