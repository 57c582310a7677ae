"""What a key of the object store may do in its one bucket."""

from __future__ import annotations

from enum import StrEnum


class Rights(StrEnum):
    """Nobody holds two of the last three: no one key can both write a backup and destroy it."""

    INSTANCE = "instance"
    """Reads, writes and deletes objects; what it has overwritten is out of its reach."""

    INSTANCE_WITH_VERSIONS = "instance-with-versions"
    """Keeps its history in versions: reads and destroys them, too."""

    WRITER = "writer"
    """Adds backups and reads them; deletes nothing but locks and the mark of the latest backup."""

    PRUNER = "pruner"
    """Lists and deletes what has had its time; neither reads nor writes."""

    AUDITOR = "auditor"
    """Reads everything, also what was overwritten or deleted; changes nothing."""
