"""The words a description may use: themes, licences, and kinds of media."""

from __future__ import annotations

THEMES = (
    *("economy", "citizenship", "energyNetworks", "culture", "transportation", "children"),
    *("environment", "townPlanning", "location", "education", "publicSpace", "health"),
    *("housing", "society"),
)
LICENCES = (
    *("apache-2.0", "cc-by-nd-4.0", "etalab-1.0", "etalab-2.0", "gpl-3.0", "mit", "odbl-1.0"),
    "public-domain-cc0",
)
MEDIA_TYPES = ("FILE", "SERVICE", "SERIES")
STORAGE_STATUSES = ("pending", "online", "archived", "unavailable")
HASH_ALGORITHMS = ("MD5", "SHA-256", "SHA-512")
LANGUAGES = ("en", "fr", "de", "es", "it", "cs", "da", "el", "hu", "no", "pl", "pt", "ro")
ENUMERATIONS = {
    "themes": THEMES,
    "languages": LANGUAGES,
    "hashalgorithms": HASH_ALGORITHMS,
    "storagestatus": STORAGE_STATUSES,
}
