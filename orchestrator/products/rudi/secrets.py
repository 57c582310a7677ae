"""The secrets of a producer node.

Losing the keys shuts out whoever trusts them; the product would make others without a word.
"""

from __future__ import annotations

from orchestrator.products.secrets import Kind, SecretSpec, backups, certificate, login

KEYS_PATH = "rudi/keys"
DATABASE_PATH = "rudi/database"
SUPER_USER_PATH = "rudi/super-user"
ADMINISTRATOR_PATH = "rudi/administrator"
GATE_PATH = "rudi/gate"
TOLD_PATH = "rudi/told"

ACCEPTANCE_KEY = SecretSpec("acceptance_key", KEYS_PATH, "acceptance", Kind.ED25519)
ADMINISTRATOR = SecretSpec("administrator_password", ADMINISTRATOR_PATH, "password", Kind.PASSWORD)
SUPER_USER = SecretSpec("su", TOLD_PATH, "su", Kind.TOLD)

SPECS: tuple[SecretSpec, ...] = (
    SecretSpec("catalog_manager_key", KEYS_PATH, "catalog_mngr", Kind.ED25519),
    SecretSpec("storage_manager_key", KEYS_PATH, "store_mngr", Kind.ED25519),
    ACCEPTANCE_KEY,
    SecretSpec("database_root_password", DATABASE_PATH, "root_password", Kind.HEX),
    SecretSpec("database_catalog_password", DATABASE_PATH, "catalog_password", Kind.HEX),
    SecretSpec("database_storage_password", DATABASE_PATH, "storage_password", Kind.HEX),
    SecretSpec("super_user_password", SUPER_USER_PATH, "password", Kind.PASSWORD),
    ADMINISTRATOR,
    # As many letters as the cipher of the cookie takes bytes.
    SecretSpec("gate_cookie_secret", GATE_PATH, "cookie_secret", Kind.HEX, 16),
    *login("rudi"),
    *certificate("rudi"),
    *backups("rudi"),
    SUPER_USER,
)
