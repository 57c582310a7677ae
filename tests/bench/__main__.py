"""Measure everything and print it."""

from __future__ import annotations

from tests.bench import commands, machine, onboarding, recovery

if __name__ == "__main__":
    commands.measure()
    machine.measure()
    onboarding.measure_three()
    recovery.measure()
    onboarding.measure()
