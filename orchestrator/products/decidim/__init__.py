"""Decidim, the participation platform: releases, runner scripts, secrets."""
