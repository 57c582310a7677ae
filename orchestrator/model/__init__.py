"""Frozen data; no input or output."""

from __future__ import annotations

import os

# Pydantic would open the list of files of every installed package to look for plug-ins of its own:
# much work at every start for code that nobody asked for.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
