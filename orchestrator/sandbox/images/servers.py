"""Images of real servers: which packages, which files of ours, how each one starts."""

from __future__ import annotations

from pathlib import Path

from orchestrator.sandbox.images.recipe import Process, Program, Recipe, Tree

_FILES = Path(__file__).with_name("files")
_COPIER = Path(__file__).parents[2] / "copier"
# How a pod has the passphrase of its backups unwrapped, whatever engine reads it then.
_UNLOCKING = Tree(_FILES / "backups", "/")
_DUMPS = Path(__file__).parent.parent / "dumps"
PATH = ("PATH", "/usr/local/bin:/usr/bin:/bin")

BASE = Recipe("base", "12", packages=(), process=Process(("/bin/sh",)))

# Holds a pod's namespaces open. A loop and a trap, because process 1 ignores what it does not trap.
PAUSE = Recipe(
    "pause",
    "1",
    packages=("busybox-static",),
    process=Process(
        ("/bin/busybox", "sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait; done"),
        environment=(("PATH", "/bin"),),
    ),
    links=(("/bin/sleep", "busybox"),),
)

# For chores on volumes, where all that is needed is a shell.
TOOLBOX = Recipe(
    "toolbox",
    "1",
    packages=("busybox-static",),
    process=Process(("/bin/sh",), environment=(("PATH", "/bin"),)),
    links=tuple(
        (f"/bin/{name}", "busybox")
        for name in (
            *("sh", "cat", "chmod", "chown", "cp", "date", "df", "du", "echo", "env", "find"),
            *("grep", "head", "id", "ls", "mkdir", "mv", "nc", "nslookup", "rm", "rmdir", "sed"),
            *("sleep", "stat", "sync", "tail", "test", "touch", "true", "wget"),
        )
    ),
)

POSTGRESQL = Recipe(
    "postgresql",
    "15",
    packages=("postgresql-15", "pgbackrest", "locales", "ca-certificates", "curl", "jq"),
    process=Process(
        ("/usr/local/bin/postgres-entrypoint",),
        environment=(
            ("PATH", "/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("PGDATA", "/var/lib/postgresql/data/pgdata"),
            ("PGBACKREST_CONFIG", "/run/backups/pgbackrest.conf"),
        ),
        ports=(5432,),
    ),
    account="postgres",
    trees=(_UNLOCKING, Tree(_FILES / "postgresql", "/")),
    owned=("/var/lib/postgresql/data", "/run/postgresql"),
    locales=("fr_FR.UTF-8", "en_US.UTF-8"),
    # The just-in-time compiler is 150 MB, and of no use to queries of this kind; jit is off.
    prune=(
        "usr/lib/postgresql/15/lib/bitcode",
        "usr/lib/postgresql/15/lib/llvmjit*",
        "usr/lib/*/libLLVM-14.so*",
        "usr/lib/*/libz3.so*",
        "usr/lib/llvm-14",
    ),
    base=BASE,
)

REDIS = Recipe(
    "redis",
    "7.0",
    packages=("redis-server",),
    process=Process(
        ("/usr/local/bin/redis-entrypoint",), environment=(PATH,), directory="/", ports=(6379,)
    ),
    account="redis",
    trees=(Tree(_FILES / "redis", "/"),),
    owned=("/data", "/run/redis"),
    base=BASE,
)

MEMCACHED = Recipe(
    "memcached",
    "1.6",
    packages=("memcached",),
    process=Process(("/usr/local/bin/memcached-entrypoint",), environment=(PATH,), ports=(11211,)),
    account="memcache",
    trees=(Tree(_FILES / "memcached", "/"),),
    base=BASE,
)

# Carries versions of objects into the store of backups.
COPIER = Recipe(
    "copier",
    "1",
    packages=("ca-certificates", "python3", "python3-boto3"),
    process=Process(
        ("/usr/local/bin/copier",),
        environment=(PATH, ("LANG", "C.UTF-8"), ("PYTHONUNBUFFERED", "1")),
    ),
    account="copier",
    trees=(
        Tree(_COPIER, "/usr/lib/copier/orchestrator/copier"),
        Tree(_FILES / "copier", "/"),
    ),
    owned=("/var/spool/copier",),
    base=BASE,
)

# Logs people in before what knows no single sign-on; told everything by OAUTH2_PROXY_* variables.
OAUTH2_PROXY = Recipe(
    "oauth2-proxy",
    "7.15.6",
    packages=("ca-certificates",),
    # Path and user as in the product's own image.
    process=Process(("/bin/oauth2-proxy",), environment=(PATH,), ports=(4180,), user="65532:65532"),
    programs=(Program("oauth2-proxy", "/usr/bin/oauth2-proxy"),),
    base=BASE,
)

# Takes what a node of RUDI holds to the store of backups, and brings it back. Debian has no tools
# of MongoDB's own, so its dumps are taken in their form by ours.
KEEPER = Recipe(
    "keeper",
    "1",
    packages=("ca-certificates", "curl", "jq", "python3", "python3-pymongo", "restic", "sqlite3"),
    process=Process(
        ("/usr/local/bin/keeper",),
        environment=(
            PATH,
            ("LANG", "C.UTF-8"),
            ("RESTIC_PASSWORD_FILE", "/run/backups/passphrase"),
            ("RESTIC_CACHE_DIR", "/spool/cache"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/run/backups/credentials"),
        ),
        user="5001:5001",
    ),
    # The files that it reads are the node's own account's.
    account="keeper",
    identity=5001,
    trees=(
        _UNLOCKING,
        Tree(_DUMPS, "/usr/lib/keeper/orchestrator/sandbox/dumps"),
        Tree(_FILES / "keeper", "/"),
    ),
    base=BASE,
)
