"""Measure everything and print it."""

from __future__ import annotations

from tests.bench import commands, machine, onboarding

if __name__ == "__main__":
    commands.measure()
    machine.measure()
    onboarding.measure_three()
    onboarding.measure()
