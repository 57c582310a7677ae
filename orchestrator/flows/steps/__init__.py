"""The steps that flows are made of, one file each."""
