"""The images of the sandbox: which packages, which files of ours, how each one starts."""

from __future__ import annotations

from pathlib import Path

from orchestrator.sandbox.images.recipe import Process, Recipe, Tree, Wheel

_FILES = Path(__file__).with_name("files")
_STANDINS = Path(__file__).parent.parent / "standins"
_PATH = ("PATH", "/usr/local/bin:/usr/bin:/bin")

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
    packages=("postgresql-15", "pgbackrest", "locales"),
    process=Process(
        ("/usr/local/bin/postgres-entrypoint",),
        environment=(
            ("PATH", "/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("PGDATA", "/var/lib/postgresql/data/pgdata"),
        ),
        ports=(5432,),
    ),
    account="postgres",
    trees=(Tree(_FILES / "postgresql", "/"),),
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
        ("/usr/local/bin/redis-entrypoint",), environment=(_PATH,), directory="/", ports=(6379,)
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
    process=Process(("/usr/local/bin/memcached-entrypoint",), environment=(_PATH,), ports=(11211,)),
    account="memcache",
    trees=(Tree(_FILES / "memcached", "/"),),
    base=BASE,
)


def _decidim(name: str, release: str) -> Recipe:
    """The stand-in of one release of Decidim: web, worker and jobs are arguments of the pods."""
    return Recipe(
        name,
        release,
        packages=(
            "ca-certificates",
            "python3",
            "python3-cryptography",
            "python3-psycopg2",
            "python3-pymemcache",
            "python3-redis",
        ),
        process=Process(
            (),
            ("bundle", "exec", "rails", "server", "-b", "0.0.0.0"),  # noqa: S104 - as the product
            environment=(
                _PATH,
                ("LANG", "C.UTF-8"),
                ("PYTHONUNBUFFERED", "1"),
                # As in the product's own image: it starts happily with a key that everybody knows.
                ("SECRET_KEY_BASE", "dummy"),
            ),
            directory="/opt/decidim",
            ports=(3000,),
        ),
        account="decidim",
        trees=(
            Tree(_STANDINS / "decidim", "/usr/lib/decidim/orchestrator/sandbox/standins/decidim"),
            Tree(_STANDINS / "files" / "decidim", "/"),
            Tree(_STANDINS / "files" / f"decidim-{release}", "/"),
        ),
        owned=("/opt/decidim/tmp", "/opt/decidim/log", "/opt/decidim/storage"),
        base=BASE,
    )


# The name that the releases' files ask for is the newest release's.
DECIDIM = _decidim("decidim", "0.31.5")
DECIDIM_BEFORE = _decidim("decidim-0.30.9", "0.30.9")

# The stand-in of the producer node: one image, of which three deployments run a module each.
RUDI = Recipe(
    "rudi",
    "2.8.1",
    packages=("ca-certificates", "python3", "python3-cryptography", "python3-pymongo"),
    process=Process(
        ("/usr/local/bin/rudi-node",),
        environment=(_PATH, ("LANG", "C.UTF-8"), ("PYTHONUNBUFFERED", "1")),
        directory="/app/rudi-node",
        ports=(3030, 3031, 3032),
        user="5001:5001",
    ),
    account="rudiadm",
    identity=5001,
    trees=(
        Tree(_STANDINS / "rudi", "/usr/lib/rudi/orchestrator/sandbox/standins/rudi"),
        Tree(_STANDINS / "files" / "rudi", "/"),
    ),
    owned=("/data", "/app/config/ini", "/app/config/safe"),
    base=BASE,
)

# A database that speaks the protocol of MongoDB, behind a front that asks who is there.
MONGODB = Recipe(
    "mongodb",
    "7.0",
    packages=("python3", "python3-bson"),
    process=Process(
        ("/usr/local/bin/mongod",),
        environment=(_PATH, ("LANG", "C.UTF-8"), ("PYTHONUNBUFFERED", "1")),
        ports=(27017,),
    ),
    account="mongodb",
    trees=(
        Tree(_STANDINS / "mongodb", "/usr/lib/mongodb/orchestrator/sandbox/standins/mongodb"),
        Tree(_STANDINS / "files" / "mongodb", "/"),
    ),
    owned=("/data/db",),
    base=BASE,
    wheels=(
        Wheel(
            "nx-27017",
            "0.8.1",
            "2c6e29797f249df7caadb21f7e3f118d18edce20a4cce6e0620e6b075c4f84de",
        ),
        Wheel(
            "neosqlite",
            "1.17.2",
            "c8e79ae64b015a9753801cdee9d0cac95b5065bb18f29983c8fde15e97c373b4",
        ),
    ),
)

# In the order they are wanted: a node can start with the first alone.
RECIPES: tuple[Recipe, ...] = (
    *(PAUSE, TOOLBOX, POSTGRESQL, REDIS, MEMCACHED),
    *(DECIDIM, DECIDIM_BEFORE),
)
