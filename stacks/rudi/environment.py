"""The environment of the modules: what is open, what is secret.

The product runs all its parts in one container, with keys and passwords of its own making, wherever
a variable is left out; so all of them are set here, the harmless value included.
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

from orchestrator.model.secret import Secret
from stacks import mongodb
from stacks.order import chosen, written
from stacks.rudi.order import CATALOG, MANAGER, RELAY, STORAGE, RudiOrder

WORK = "/run/rudi"
MEDIA = "/data/media"
ACCOUNTS = "/data/db"
NONE = "0"
"""What the product takes for no portal; without a word it ends."""
SUPER_USER = "orchestrator"
RELAY_PORT = 4180
_MODULES = (CATALOG, STORAGE, MANAGER)


def users(order: RudiOrder) -> dict[str, str]:
    """The database that each module's user belongs to."""
    release = order.release
    return {CATALOG: release.catalog_database, STORAGE: release.storage_database}


def settings(order: RudiOrder, module: str) -> dict[str, str]:
    """Everything that may be read, ours over what the tenant file chose."""
    ours = {
        "ENABLE_DB": "false",
        **{f"ENABLE_{each.upper()}": written(each == module) for each in _MODULES},
        "NODE_PUBLIC_URL": order.public_url,
        **_addresses(order),
        "CATALOG_DB_NAME": order.release.catalog_database,
        "STORAGE_DB_NAME": order.release.storage_database,
        "CATALOG_MIGRATION_ACTIVE": "false",
        **_folders(module),
        "MANAGER_DB_PATH": f"{_folders(module)['DB_DIR']}/{order.release.manager_file}",
        "PORTAL_URL": _portal(order, module),
        "ENV": "production",
        "TAG": f"RUDI-node-{order.release.release}",
    }
    return dict(sorted({**chosen(order), **ours}.items()))


def credentials(order: RudiOrder, module: str) -> dict[str, Secret]:
    """Everything that may not; each module has what it needs and nothing else."""
    if module == MANAGER:
        return {"SU": order.secrets.get("su") or nobody(order), **_account(order, module)}
    name = users(order)[module]
    password = order.secret(f"database_{module}_password").reveal()
    base = f"mongodb://{module}:{password}@{mongodb.DATABASE}:{mongodb.PORT}"
    # The start appends the name to the base address, so that one can hold no options.
    own = {"CATALOG_DB_URI": f"{base}/{name}"} if module == CATALOG else {"MONGODB": base}
    return {**{key: Secret(text) for key, text in own.items()}, **_account(order, module)}


def nobody(order: RudiOrder) -> Secret:
    """An account above all that nobody can sign in to, for the first start.

    What stands in place of its hash is the hash of nothing, and as secret as the password that it
    is told from, whatever the product compares it with.
    """
    seed = f"first start {order.secret('super_user_password').reveal()}"
    text = f"{SUPER_USER}:{hashlib.sha256(seed.encode()).hexdigest()}"
    return Secret(base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode())


def _addresses(order: RudiOrder) -> dict[str, str]:
    modules = order.release.modules
    ports = {
        CATALOG: modules.catalog.port,
        STORAGE: modules.storage.port,
        MANAGER: modules.manager.port,
    }
    found: dict[str, str] = {}
    for name, port in ports.items():
        found |= {
            f"{name.upper()}_PUBLIC_URL": order.public_url,
            f"{name.upper()}_LOCAL_URL": f"http://{name}:{port}",
            f"{name.upper()}_PORT": str(port),
            f"{name.upper()}_PREFIX": name,
        }
    return found


def _folders(module: str) -> dict[str, str]:
    """Where a module keeps things; only what it must not lose lies on a volume."""
    return {
        "INI_DIR": f"{WORK}/ini",
        "SAFE_DIR": f"{WORK}/safe",
        "PUBKEY_DIR": f"{WORK}/keys",
        "LOG_DIR": f"{WORK}/log",
        "BACKUP_DIR": f"{WORK}/backups",
        "MEDIA_DIR": MEDIA if module == STORAGE else f"{WORK}/media",
        "DB_DIR": ACCOUNTS if module == MANAGER else f"{WORK}/db",
    }


def _portal(order: RudiOrder, module: str) -> str:
    portal = order.instance.portal
    if module != CATALOG or portal is None or not portal.live:
        return NONE
    return f"http://{RELAY}:{RELAY_PORT}{urlsplit(portal.url).path.rstrip('/')}"


def _account(order: RudiOrder, module: str) -> dict[str, Secret]:
    """The account of the portal; the catalog ends without one even where there is no portal."""
    portal = order.instance.portal
    if module != CATALOG or portal is None or not portal.live:
        return {"PORTAL_USER": Secret(NONE), "PORTAL_PASS": Secret(NONE)}
    password = order.secret(portal.password or "").reveal()
    return {
        "PORTAL_USER": order.secret(portal.user or ""),
        "PORTAL_PASS": Secret(base64.b64encode(password.encode()).decode()),
    }
