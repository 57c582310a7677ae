"""Three organisations with three instances each, and the ways to them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from orchestrator.model.names import TenantNames
from orchestrator.tools.secretstore import VaultSecretStore
from orchestrator.tools.secretstore_client import operator_token
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import CLONE, Done, Project, Standing

MODEL = "les-trois-moulins"
ALONE, ONE_WAY, BOTH = "essai-seul", "essai-lien", "essai-liens"
PRODUCTS = ("decidim", "grist", "rudi")
LINKS = {
    ALONE: (),
    ONE_WAY: (("decidim", "grist"),),
    BOTH: (("decidim", "grist"), ("grist", "rudi")),
}
# Pods that an attack starts from, by product; each has Python in its image.
SOURCES = {
    "decidim": ("deployment/web", "deployment/worker"),
    "grist": ("deployment/web",),
    "rudi": ("deployment/catalog", "statefulset/storage", "statefulset/manager"),
}
# What each source reaches in its own instance, by the name of the workload.
OWN = {
    ("decidim", "deployment/web"): {"database", "queue", "cache"},
    ("decidim", "deployment/worker"): {"database", "queue", "cache"},
    ("grist", "deployment/web"): {"database", "queue"},
    ("rudi", "deployment/catalog"): {"database"},
    ("rudi", "statefulset/storage"): {"database"},
    ("rudi", "statefulset/manager"): {"catalog", "storage"},
}
# What a link to a product leads to.
LINKED = {"decidim": {"web"}, "grist": {"web"}, "rudi": {"catalog", "storage"}}
# A link begins at the pods with the role of the product's own code.
BEGINS = {"decidim": {"deployment/web", "deployment/worker"}, "grist": {"deployment/web"}}
TRY = """
import concurrent.futures, json, socket, sys
def one(target):
    try:
        socket.create_connection((target[0], target[1]), timeout=2).close()
    except OSError:
        return False
    return True
targets = json.load(sys.stdin)
with concurrent.futures.ThreadPoolExecutor(64) as pool:
    print(json.dumps(list(pool.map(one, targets))))
"""


# Passwords of databases, tried from the pods that reach one; user and database have one name.
POSTGRES = """
import json, psycopg2, sys
def one(name, password):
    try:
        psycopg2.connect(host="database", dbname=name, user=name, password=password,
                         connect_timeout=5).close()
    except psycopg2.OperationalError as fault:
        assert "authentication failed" in str(fault) or "no pg_hba" in str(fault), fault
        return False
    return True
print(json.dumps([one(*each) for each in json.load(sys.stdin)]))
"""
MONGO = """
import json, pymongo, sys
def one(name, password):
    client = pymongo.MongoClient("database", 27017, username=name, password=password,
                                 authSource="rudi_" + name, serverSelectionTimeoutMS=5000)
    try:
        client["rudi_" + name].list_collection_names()
    except pymongo.errors.OperationFailure:
        return False
    return True
print(json.dumps([one(*each) for each in json.load(sys.stdin)]))
"""
PROGRAM = "tableau-de-bord"  # the example's own
BROKEN = """\
- name: Do not onboard a RUDI node
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: End here
      ansible.builtin.fail:
        msg: made to fail by the test
"""


@dataclass
class Nine:
    """Three organisations with three instances each, and the ways to them."""

    standing: Standing
    projects: dict[str, Project]
    first: dict[str, Done] = field(default_factory=dict)

    @cached_property
    def kubectl(self) -> Kubectl:
        return Kubectl(self.standing.connection)

    def inside(self, space: str, source: str, script: str, asked: object) -> list[bool]:
        """What a script in a pod makes of each of the things asked."""
        command = ["python3", "-c", script]
        said = self.kubectl.inside(space, source, command, stdin=json.dumps(asked))
        assert said.status == 0, said.err
        answers: list[bool] = json.loads(said.out)
        return answers

    def kept(self, slug: str, path: str) -> dict[str, str]:
        """What an organisation keeps at a path."""
        connection = self.standing.connection
        token = operator_token(connection.secrets.token_file)
        names = TenantNames(slug)
        address = connection.secrets.address
        store = VaultSecretStore(address, token, connection.authority, names, "grist")
        return {name: value.reveal() for name, value in (store.read(path) or {}).items()}

    def url(self, slug: str) -> str:
        """The address of an organisation's workbench."""
        return f"https://tableaux.{slug}.localhost:{self.standing.connection.entrance.port}"

    def file(self, slug: str) -> Path:
        """An organisation's file."""
        return self.projects[slug].root / "tenants" / f"{slug}.yaml"

    def remove(self) -> None:
        """Make room for others."""
        for slug in LINKS:
            for product in PRODUCTS:
                self.kubectl("delete", "ns", f"{slug}-{product}", "--wait=false")
            self.file(slug).unlink()


def onboarded(standing: Standing, project: Project, alone: Path) -> Nine:
    """All nine, side by side; one instance fails first, and its organisation is resumed then."""
    own = Project(alone)
    shutil.copytree(project.root / "tenants", own.root / "tenants", symlinks=True)
    shutil.copytree(CLONE / "playbooks", own.root / "playbooks")
    found = Nine(standing, {ALONE: own, ONE_WAY: project, BOTH: project})
    text = (CLONE / "tenants" / f"{MODEL}.yaml").read_text(encoding="utf-8")
    play = own.root / "playbooks" / "onboard-rudi.yml"
    play.write_text(BROKEN, encoding="utf-8")
    begun = {}
    for slug, links in LINKS.items():
        lines = [f"  - {{ from: {a}, to: {b}, purpose: Essai des liens }}" for a, b in links]
        whole = text[: text.index("links:")].replace(MODEL, slug)
        tail = "\n".join(["links:", *lines, ""]) if lines else ""
        found.file(slug).write_text(whole + tail, encoding="utf-8")
        begun[slug] = found.projects[slug].start("onboard", slug, "--yes")
    for slug, process in begun.items():
        out, err = process.communicate(timeout=1500)
        found.first[slug] = Done(process.returncode, out, err, 0)
    shutil.copy(CLONE / "playbooks" / play.name, play)
    run = own.newest_run().name
    found.first["resumed"] = own.call("run", "resume", run, "--yes")
    return found
