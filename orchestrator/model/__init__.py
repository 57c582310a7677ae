"""Frozen data; no input or output."""
