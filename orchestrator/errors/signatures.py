"""Faults of documents that are signed: another form, another signer, another content."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.errors.root import OrchestratorError


class SignedFormUnknownError(OrchestratorError):
    """It is not written as a signed document is, so there is no signature to try."""

    code = "signed-form-unknown"

    def __init__(self, document: str, *, reason: str) -> None:
        super().__init__(
            f"{document} is no signed document",
            why=reason,
            hints=("fetch it again, and look at the earlier versions of the object",),
            context={"document": document, "reason": reason},
        )


class SignerUnknownError(OrchestratorError):
    """It is signed by a key that is not among those at hand: newer, older or a stranger's."""

    code = "signer-unknown"

    def __init__(self, document: str, *, signer: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known)) or "none"
        super().__init__(
            f"{document} is signed by `{signer}`, who is not known",
            why=f"the known keys are: {names}",
            hints=(
                "fetch the public keys anew",
                "when the signer is still not among them, treat the document as forged",
            ),
            context={"document": document, "signer": signer, "known": names},
        )


class SignatureInvalidError(OrchestratorError):
    """The signature is not that of the known key over this content."""

    code = "signature-invalid"

    def __init__(self, document: str, *, signer: str) -> None:
        super().__init__(
            f"the signature of {document} does not fit what it says",
            why=f"it was changed after `{signer}` signed it, or somebody else signed it",
            hints=("do not use it; look at the earlier versions of the object",),
            context={"document": document, "signer": signer},
        )
