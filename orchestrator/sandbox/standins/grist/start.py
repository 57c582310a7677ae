"""The start: what the product makes before it answers, and what stops it."""

from __future__ import annotations

from orchestrator.sandbox.standins.grist import accounts, sandboxing, schema, sites
from orchestrator.sandbox.standins.grist.bucket import BucketError
from orchestrator.sandbox.standins.grist.checksums import InMemory, InRedis
from orchestrator.sandbox.standins.grist.database import Database, Home
from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.frame import FLAVOR, Instance
from orchestrator.sandbox.standins.grist.library import Library
from orchestrator.sandbox.standins.grist.log import Log
from orchestrator.sandbox.standins.grist.logins import Logins
from orchestrator.sandbox.standins.grist.sessions import Sessions
from orchestrator.sandbox.standins.grist.settings import Settings

_BANNER = "BOOT KEY"


class StartError(Exception):
    """The server cannot start."""


def prepared(environment: Environment, log: Log) -> Instance:
    """The instance, ready to answer.

    Raises StartError, NoSandboxError, ProviderError, UnusableValueError, RefusedError, and
    whatever the database's driver raises.
    """
    sandboxing.check(environment.text(FLAVOR, sandboxing.UNSANDBOXED))
    environment.documents_folder.mkdir(parents=True, exist_ok=True)
    home = Home(environment)
    settings = Settings(environment, home)
    # What the first start stored stays, even when that start fails further on.
    with home.opened() as database:
        fresh = schema.migrate(database)
        settings.begin(database, fresh=fresh)
    _tell_boot_key(environment, settings, log)
    flavour = settings.text(FLAVOR, sandboxing.UNSANDBOXED)
    sandboxing.check(flavour)
    sessions = Sessions(environment)
    known = InRedis(sessions.redis.client) if sessions.redis else InMemory()
    library = Library(environment, log, known, sandboxed=flavour != sandboxing.UNSANDBOXED)
    _check_bucket(library)
    logins = Logins(environment, settings, log)
    with home.opened() as database:
        _people_the_home(database, environment, settings)
    return Instance(environment, log, home, settings, sessions, library, logins)


def _tell_boot_key(environment: Environment, settings: Settings, log: Log) -> None:
    """The key that nobody chose stands in the log, for whoever reads it."""
    if settings.boot_key and not environment.text("GRIST_BOOT_KEY"):
        log.always(f"{_BANNER}: {settings.boot_key}")


def _check_bucket(library: Library) -> None:
    if library.bucket is None:
        return
    try:
        versioned = library.bucket.is_versioned()
    except BucketError as fault:
        raise StartError(f"The bucket of documents cannot be used: {fault}") from fault  # noqa: EM102
    if not versioned:
        raise StartError("FATAL: the bucket of documents does not support versioning")


def _people_the_home(database: Database, environment: Environment, settings: Settings) -> None:
    support = accounts.create_special(database, environment)
    if settings.personal_orgs:
        sites.ensure_personal(database, support)
    # Examples are looked up in the support user's own site, which the two flags keep from being
    # made; once it is there, the flags do no harm.
    elif database.value("SELECT id FROM orgs WHERE owner_id = %s", support["id"]) is None:
        raise StartError("No example workspace available")
    admin = accounts.ensure(database, settings.admin_email)
    if environment.single_org:
        sites.ensure_team(database, environment.single_org, admin)
