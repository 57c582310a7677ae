"""The public side: what everybody reads, where files are sent, and the manager behind its gate.

Catalog and storage are public by what is listed and by nothing else. The manager is shut where it
asks for no sign-in of its own, whoever has passed the gate.
"""

from __future__ import annotations

from stacks.entrance import Door, door
from stacks.resource import Resource
from stacks.rudi.order import CATALOG, GATE, GATE_PATH, STORAGE, RudiOrder

READS_A_MINUTE = 600
UPLOADS_A_MINUTE = 120
MANAGER_REQUESTS_A_MINUTE = 600
QUESTION_MB = 1
PAGE_MB = 5
# The storage's own limit for a file, and room for what describes it.
UPLOAD_MB = 525
READING = ("GET", "HEAD", "OPTIONS")
WRITING = ("PUT",)


def entrance(order: RudiOrder, tls: Resource) -> tuple[Resource, ...]:
    """An Ingress for each kind of visitor, and one for what nobody may ask."""
    paths = order.release.paths
    # A portal that takes datasets up reports on each of them, with a token of its own.
    reports = WRITING if order.instance.portal_is_live else ()
    doors = (
        Door(
            CATALOG,
            CATALOG,
            paths.catalog,
            requests=READS_A_MINUTE,
            body_mb=QUESTION_MB,
            exact=paths.catalog_exactly,
            methods=(*READING, *reports),
        ),
        Door(
            STORAGE,
            STORAGE,
            paths.storage,
            requests=READS_A_MINUTE,
            body_mb=QUESTION_MB,
            methods=READING,
        ),
        Door(
            "uploads",
            STORAGE,
            paths.uploads,
            requests=UPLOADS_A_MINUTE,
            body_mb=UPLOAD_MB,
            same_origin=True,
        ),
        Door(
            GATE,
            GATE,
            (*paths.manager, GATE_PATH),
            requests=MANAGER_REQUESTS_A_MINUTE,
            body_mb=PAGE_MB,
            refused=paths.refused_pattern,
            names_port=True,
        ),
        Door("refused", GATE, paths.refused, shut=True),
    )
    return tuple(door(order, tls, one) for one in doors)
