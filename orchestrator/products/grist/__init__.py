"""Grist, the data workbench: releases, secrets, what its first start needs."""
