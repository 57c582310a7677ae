"""Faults of making a copy in which nobody can be recognised."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.errors.config import FileFaultsError
from orchestrator.errors.root import ExitStatus, OrchestratorError


class MaskingFileFaultsError(FileFaultsError):
    """The list of what is kept, masked and dropped is not what it should be."""

    code = "masking-file-invalid"


class ColumnUnlistedError(OrchestratorError):
    """The database has columns of which nobody has said whether they tell of people."""

    code = "column-unlisted"
    exit_status = ExitStatus.POLICY

    def __init__(self, columns: Sequence[str], *, file: str) -> None:
        found = tuple(sorted(columns))
        count = "1 column is" if len(found) == 1 else f"{len(found)} columns are"
        super().__init__(
            f"{count} not listed in {file}; nothing was masked and no copy was let out",
            why="what nobody has looked at may tell of people, so it is never taken for harmless",
            details=found,
            hints=(
                f"add a line `table,column,keep|mask|drop,why` for each to {file}",
                "where in doubt write `drop`",
            ),
            context={"columns": len(found), "file": file},
        )
        self.columns = found


class MaskingImpossibleError(OrchestratorError):
    """What the list asks for cannot be done to the database as it is."""

    code = "masking-impossible"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, faults: Sequence[str], *, file: str) -> None:
        found = tuple(sorted(faults))
        count = "1 rule" if len(found) == 1 else f"{len(found)} rules"
        super().__init__(
            f"{count} of {file} cannot be carried out on this database; nothing was masked",
            details=found,
            hints=(f"change the rules that are named in {file}",),
            context={"faults": len(found), "file": file},
        )
        self.faults = found
