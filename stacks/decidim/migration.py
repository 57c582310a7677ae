"""The database brought to the release's schema, before any process of the release starts.

A Job cannot be changed once it is made, so its name follows its content: another release, image or
environment is another Job, and the same one is never run twice.
"""

from __future__ import annotations

from stacks import kind
from stacks.decidim.application import Application
from stacks.decidim.order import MIGRATION
from stacks.parts import arguments, template
from stacks.resource import Resource, content_name

LONGEST_S = 3600
TRIES_AGAIN = 2


def migration(parts: Application) -> Resource:
    """The one Job of the release."""
    order = parts.order
    pods = template(
        parts.labels(MIGRATION), parts.once(MIGRATION, arguments(order.release.migrate))
    )
    spec = {
        "backoffLimit": TRIES_AGAIN,
        "activeDeadlineSeconds": LONGEST_S,
        "completions": 1,
        "parallelism": 1,
        "template": pods,
    }
    return Resource(
        kind.JOB,
        f"job/{MIGRATION}",
        content_name(MIGRATION, {**spec, "release": order.release.release}),
        order.namespace,
        parts.labels(MIGRATION),
        {"spec": spec},
    )
