"""Pairs of Ed25519 keys in the form of OpenSSH, made where they are missing."""

from __future__ import annotations

import base64
import importlib
import os
import shutil
import struct
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi.log import say

PAIRS = ("catalog_mngr", "store_mngr")


class UnusableKeyError(ValueError):
    """The file holds no Ed25519 key."""


def ensure(name: str, safe: Path, public: Path) -> None:
    """Make the pair unless it is there, close it, and lay out its public half.

    Keys lie outside the data volume: with the folder lost they are made anew, without a word, and
    whoever trusted the old ones is shut out. Raises OSError where the folder cannot be written.
    """
    private = safe / name
    if not private.exists():
        say("start", f"generating key {name}", folder=str(safe))
        _generate(private, name)
    for path, mode in ((private, 0o400), (_public_half(private), 0o440)):
        try:
            path.chmod(mode)
        except OSError as fault:
            say("start", f"chmod: {path}: {fault.strerror}")
    if public.resolve() != safe.resolve():
        target = public / f"{name}.pub"
        target.unlink(missing_ok=True)  # a closed one of the start before cannot be written to
        shutil.copyfile(_public_half(private), target)


def private_key(path: Path) -> Any:
    """The private half. Raises UnusableKeyError, OSError."""
    try:
        return _of("serialization").load_ssh_private_key(path.read_bytes(), password=None)
    except ValueError as fault:
        raise UnusableKeyError(path) from fault


def public_key(path: Path) -> Any:
    """The public half. Raises UnusableKeyError, OSError."""
    try:
        words = path.read_text(encoding="utf-8").split()
        blob = base64.b64decode(words[1])
        size = struct.unpack(">I", blob[:4])[0]
        if blob[4 : 4 + size] != b"ssh-ed25519":
            raise UnusableKeyError(path)
        return _of("asymmetric.ed25519").Ed25519PublicKey.from_public_bytes(blob[8 + size :])
    except (ValueError, IndexError, struct.error) as fault:
        raise UnusableKeyError(path) from fault


def _generate(path: Path, comment: str) -> None:
    forms = _of("serialization")
    pair = _of("asymmetric.ed25519").Ed25519PrivateKey.generate()
    private = pair.private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption()
    )
    public = pair.public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    _public_half(path).write_bytes(public + f" {comment}\n".encode())


def _public_half(private: Path) -> Path:
    return private.with_name(f"{private.name}.pub")


def _of(name: str) -> Any:
    return importlib.import_module(f"cryptography.hazmat.primitives.{name}")
