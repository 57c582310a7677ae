"""Images of the stand-ins: which packages, which files of ours, how each one starts."""

from __future__ import annotations

from pathlib import Path

from orchestrator.sandbox.images.recipe import Process, Recipe, Tree, Wheel
from orchestrator.sandbox.images.servers import BASE, PATH

_STANDINS = Path(__file__).parent.parent / "standins"
GRAPHQL = Wheel(
    "graphql-core", "3.3.2", "d83f49ee18d2db89fb575dab6ffefa8aa1bf5f60dff8a6781db6f63420041348"
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
        wheels=(GRAPHQL,),
        process=Process(
            (),
            ("bundle", "exec", "rails", "server", "-b", "0.0.0.0"),  # noqa: S104 - as the product
            environment=(
                PATH,
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
            Tree(_STANDINS / "common", "/usr/lib/decidim/orchestrator/sandbox/standins/common"),
            Tree(_STANDINS / "files" / "decidim", "/"),
            Tree(_STANDINS / "files" / f"decidim-{release}", "/"),
        ),
        owned=("/opt/decidim/tmp", "/opt/decidim/log", "/opt/decidim/storage"),
        base=BASE,
    )


# The name that the releases' files ask for is the newest release's.
DECIDIM = _decidim("decidim", "0.31.5")
DECIDIM_BEFORE = _decidim("decidim-0.30.9", "0.30.9")

# The stand-in of Grist.
GRIST = Recipe(
    "grist",
    "1.7.17",
    packages=(
        "ca-certificates",
        "curl",
        "python3",
        "python3-cryptography",
        "python3-psycopg2",
        "python3-redis",
        "tini",
    ),
    process=Process(
        ("./sandbox/docker_entrypoint.sh",),
        ("./sandbox/run.sh",),
        environment=(
            PATH,
            ("LANG", "C.UTF-8"),
            ("PYTHONUNBUFFERED", "1"),
            # As in the product's own image.
            ("GRIST_ORG_IN_PATH", "true"),
            ("GRIST_HOST", "0.0.0.0"),  # noqa: S104 - as the product
            ("GRIST_SINGLE_PORT", "true"),
            ("GRIST_SERVE_SAME_ORIGIN", "true"),
            ("GRIST_DATA_DIR", "/persist/docs"),
            ("GRIST_INST_DIR", "/persist"),
            ("GRIST_SESSION_COOKIE", "grist_core"),
            ("GVISOR_FLAGS", "-unprivileged -ignore-cgroups"),
            ("NODE_ENV", "production"),
            ("TYPEORM_DATABASE", "/persist/home.sqlite3"),
        ),
        directory="/grist",
        ports=(8484,),
        # As the product: it gives up root by itself when it is started without another user.
        user="0:0",
    ),
    account="grist",
    trees=(
        Tree(_STANDINS / "grist", "/usr/lib/grist/orchestrator/sandbox/standins/grist"),
        Tree(_STANDINS / "common", "/usr/lib/grist/orchestrator/sandbox/standins/common"),
        Tree(_STANDINS / "files" / "grist", "/"),
    ),
    owned=("/persist",),
    base=BASE,
)

# The stand-in of the producer node: one image, of which three deployments run a module each.
RUDI = Recipe(
    "rudi",
    "2.8.1",
    packages=("ca-certificates", "python3", "python3-cryptography", "python3-pymongo"),
    process=Process(
        ("/usr/local/bin/rudi-node",),
        environment=(PATH, ("LANG", "C.UTF-8"), ("PYTHONUNBUFFERED", "1")),
        directory="/app/rudi-node",
        ports=(3030, 3031, 3032),
        user="5001:5001",
    ),
    account="rudiadm",
    identity=5001,
    trees=(
        Tree(_STANDINS / "rudi", "/usr/lib/rudi/orchestrator/sandbox/standins/rudi"),
        Tree(_STANDINS / "common", "/usr/lib/rudi/orchestrator/sandbox/standins/common"),
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
        environment=(PATH, ("LANG", "C.UTF-8"), ("PYTHONUNBUFFERED", "1")),
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
