"""The play is run for real, against a `kubectl` that answers as the runner scripts do."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors.play import PlayBrokenError, PlayMissingError, PlayTimedOutError
from orchestrator.model.secret import Secret
from orchestrator.tools import private
from orchestrator.tools.ansible import AnsibleRunner

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
PASSWORD = "correct-horse-battery-staple"
RELAY_PASSWORD = """{{ 6 * 7 }}-"quoted\\é"-relay-password"""
TITLE = "L'avis de {{ 6 * 7 }}"
VARIABLES: dict[str, Any] = {
    "tenant_namespace": "saint-martin-decidim",
    "deployment": "web",
    "system_admin": {"email": "technique@saint-martin.example"},
    "organization": {"name": TITLE, "host": "avis.example", "secondary_hosts": []},
    "administrator": {"host": "avis.example", "name": "Anne", "email": "anne@example.org"},
    "invite_administrator": True,
}
SECRETS = {"system_admin_password": Secret(PASSWORD), "smtp_password": Secret(RELAY_PASSWORD)}

# Remembers what it was asked; a script that is asked the same again changes nothing.
KUBECTL = """#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "argv.jsonl").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + chr(10))
if "rollout" in sys.argv:
    raise SystemExit(0)
script = pathlib.Path(sys.argv[-1]).name
asked = sys.stdin.read()
json.loads(asked)
print("warning: something the product says")
if (folder / (script + ".refuses")).exists():
    print(json.dumps({{"error": "Answer::Refused", "reason": "name is taken " + asked}}))
    raise SystemExit(1)
kept = folder / script
changed = not kept.exists() or kept.read_text() != asked
kept.write_text(asked)
print(json.dumps({{"changed": changed, "id": 1}}))
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    folder = tmp_path / "cluster"
    folder.mkdir()
    program = folder / "kubectl"
    program.write_text(KUBECTL.format(python=sys.executable, folder=str(folder)))
    program.chmod(0o755)
    return folder


def runner(cluster: Path, playbooks: Path = PLAYBOOKS, **more: Any) -> AnsibleRunner:
    return AnsibleRunner(
        playbooks, cluster.parent / "run", cluster / "kubectl", cluster / "kubeconfig", **more
    )


def test_twice_changes_once_and_tells_no_secret(cluster: Path) -> None:
    heard: list[str] = []
    first = runner(cluster).play("onboard-decidim", VARIABLES, SECRETS, heard.append)
    assert first.ok
    assert first.changed == 3
    assert "Make the administrator of the system pages" in heard

    again = runner(cluster).play(
        "onboard-decidim", {**VARIABLES, "invite_administrator": False}, SECRETS, heard.append
    )
    assert again.ok
    assert again.changed == 0

    calls = (cluster / "argv.jsonl").read_text()
    assert calls.count("invite_admin.rb") == 1
    assert json.loads((cluster / "system_admin.rb").read_text())["password"] == PASSWORD
    asked = json.loads((cluster / "organization.rb").read_text())
    assert asked["name"] == TITLE
    assert asked["smtp_password"] == RELAY_PASSWORD
    kept = [path.read_text() for path in (cluster.parent / "run").iterdir()]
    assert len(kept) == 2
    for text in (calls, *kept, *heard):
        assert PASSWORD not in text
        assert "relay-password" not in text
    assert not list(private._MEMORY.glob(f"orchestrator-play-{os.getpid()}-*"))


def test_a_refusal_names_the_task_and_the_reason_without_the_secret(cluster: Path) -> None:
    (cluster / "organization.rb.refuses").touch()
    result = runner(cluster).play("onboard-decidim", VARIABLES, SECRETS, lambda _: None)
    assert not result.ok
    assert result.failed_task.startswith("Make the organisation")
    assert result.changed == 1
    assert result.reason.startswith("name is taken")
    assert "relay-password" not in result.reason
    assert (cluster / "argv.jsonl").read_text().count("organization.rb") == 1, "not asked again"
    for path in (cluster.parent / "run").iterdir():
        assert PASSWORD not in path.read_text()
        assert "relay-password" not in path.read_text()


def test_a_play_that_cannot_be_read_is_broken(cluster: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.yml").write_text("- hosts: localhost\n  tusks: []\n")
    with pytest.raises(PlayBrokenError) as caught:
        runner(cluster, tmp_path).play("odd", {}, {}, lambda _: None)
    assert caught.value.details


def test_a_play_that_takes_too_long_is_stopped(cluster: Path, tmp_path: Path) -> None:
    (tmp_path / "slow.yml").write_text(
        "- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n"
        "    - name: Sleep\n      ansible.builtin.command: sleep 60\n"
    )
    (tmp_path / "callback_plugins").symlink_to(PLAYBOOKS / "callback_plugins")
    with pytest.raises(PlayTimedOutError) as caught:
        runner(cluster, tmp_path, timeout_s=4.0).play("slow", {}, {}, lambda _: None)
    assert caught.value.context["task"] == "Sleep"


def test_a_missing_play_is_named(cluster: Path) -> None:
    with pytest.raises(PlayMissingError, match="no-such-play"):
        runner(cluster).play("no-such-play", {}, {}, lambda _: None)


def test_what_a_play_brings_back_is_secret_and_in_no_file(cluster: Path, tmp_path: Path) -> None:
    books = tmp_path / "books"
    books.mkdir()
    (books / "callback_plugins").symlink_to(PLAYBOOKS / "callback_plugins")
    (books / "ansible.cfg").symlink_to(PLAYBOOKS / "ansible.cfg")
    (books / "tell.yml").write_text(
        "- name: Tell\n  hosts: localhost\n  connection: local\n  gather_facts: false\n"
        "  tasks:\n    - name: Bring back\n      no_log: true\n      ansible.builtin.copy:\n"
        '        dest: "{{ told_file }}"\n        mode: "0600"\n'
        "        content: \"{{ {'admin_key': 'ab' * 20} | to_json }}\"\n",
        encoding="utf-8",
    )
    result = runner(cluster, books).play("tell", {}, {}, lambda _: None)
    assert result.told == {"admin_key": Secret("ab" * 20)}
    kept = [path for path in (cluster.parent / "run").rglob("*") if path.is_file()]
    assert kept
    assert not any("ab" * 20 in path.read_text(encoding="utf-8") for path in kept)
