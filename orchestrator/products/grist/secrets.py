"""The secrets of a Grist instance."""

from __future__ import annotations

from orchestrator.products.secrets import (
    Kind,
    SecretSpec,
    backups,
    certificate,
    login,
    objects,
    reader,
)

APPLICATION_PATH = "grist/application"
DATABASE_PATH = "grist/database"
QUEUE_PATH = "grist/queue"
ADMINISTRATOR_PATH = "grist/administrator"

ADMIN_KEY = SecretSpec("admin_key", ADMINISTRATOR_PATH, "key", Kind.TOLD, 20)
"""The administrator's key to the API, which the server makes at the first start."""

SPECS: tuple[SecretSpec, ...] = (
    SecretSpec("session_secret", APPLICATION_PATH, "session_secret", Kind.HEX, 64),
    SecretSpec("boot_key", APPLICATION_PATH, "boot_key", Kind.HEX),
    SecretSpec("database_superuser_password", DATABASE_PATH, "superuser_password", Kind.HEX),
    SecretSpec("database_password", DATABASE_PATH, "password", Kind.HEX),
    SecretSpec("queue_password", QUEUE_PATH, "password", Kind.HEX),
    ADMIN_KEY,
    *objects("grist"),
    *backups("grist"),
    *reader("grist"),
    *certificate("grist"),
)
LOGIN = login("grist")
