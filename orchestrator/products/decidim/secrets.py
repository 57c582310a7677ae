"""The secrets of a Decidim instance.

Losing `secret_key_base` makes citizens' verifications and signatures unreadable (decidim.md 5.1).
"""

from __future__ import annotations

from orchestrator.products.secrets import Kind, SecretSpec, backups, certificate, objects

APPLICATION_PATH = "decidim/application"
DATABASE_PATH = "decidim/database"
QUEUE_PATH = "decidim/queue"

SPECS: tuple[SecretSpec, ...] = (
    SecretSpec("secret_key_base", APPLICATION_PATH, "secret_key_base", Kind.HEX, 64),
    SecretSpec("api_jwt_secret", APPLICATION_PATH, "api_jwt_secret", Kind.HEX, 64),
    SecretSpec("health_token", APPLICATION_PATH, "health_token", Kind.HEX),
    SecretSpec("system_admin_password", APPLICATION_PATH, "system_admin_password", Kind.PASSWORD),
    SecretSpec("database_superuser_password", DATABASE_PATH, "superuser_password", Kind.HEX),
    SecretSpec("database_password", DATABASE_PATH, "password", Kind.HEX),
    SecretSpec("queue_password", QUEUE_PATH, "password", Kind.HEX),
    *objects("decidim"),
    *backups("decidim"),
    *certificate("decidim"),
)
