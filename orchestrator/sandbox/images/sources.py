"""Where Debian packages come from: the archives that this machine's own apt uses.

Only entries for the suites of our release are taken, so that a machine with further archives (a
vendor's, a newer release) gives the same images as one without.
"""

from __future__ import annotations

from pathlib import Path

RELEASE = "bookworm"
_SUITES = frozenset({RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security"})
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_DEFAULT = "http://deb.debian.org/debian"
_DEFAULT_SECURITY = "http://deb.debian.org/debian-security"


def package_sources(etc: Path = Path("/etc/apt")) -> str:
    """The sources of our release in apt's one-line form, one a line.

    Falls back to Debian's own archive when the machine has none for this release.
    """
    lines: list[str] = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".sources":
            lines.extend(_from_stanzas(text))
        elif path.suffix == ".list":
            lines.extend(_from_lines(text))
    if not any(f" {RELEASE} " in line for line in lines):
        lines = [
            _line(_DEFAULT, RELEASE),
            _line(_DEFAULT, f"{RELEASE}-updates"),
            _line(_DEFAULT_SECURITY, f"{RELEASE}-security"),
        ]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _from_stanzas(text: str) -> list[str]:
    found = []
    for stanza in text.split("\n\n"):
        fields: dict[str, str] = {}
        for raw in stanza.splitlines():
            key, colon, value = raw.partition(":")
            if colon and not raw.startswith(("#", " ", "\t")):
                fields[key.strip().lower()] = value.strip()
        off = fields.get("enabled", "yes").lower() in {"no", "false", "0"}
        if off or "deb" not in fields.get("types", "").split():
            continue
        if "main" not in fields.get("components", "").split():
            continue
        found += [
            _line(address, suite)
            for address in fields.get("uris", "").split()
            for suite in fields.get("suites", "").split()
            if suite in _SUITES
        ]
    return found


def _from_lines(text: str) -> list[str]:
    found = []
    for raw in text.splitlines():
        words = raw.partition("#")[0].replace("[", " [ ").replace("]", " ] ").split()
        if not words or words[0] != "deb":
            continue
        if "[" in words:
            words = words[: words.index("[")] + words[words.index("]") + 1 :]
        if len(words) > 3 and words[2] in _SUITES and "main" in words[3:]:
            found.append(_line(words[1], words[2]))
    return found


def _line(address: str, suite: str) -> str:
    return f"deb [signed-by={_KEYRING}] {address} {suite} main"
