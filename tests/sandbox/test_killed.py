"""A run that is killed anywhere is finished by the next one, and nothing is there twice."""

from __future__ import annotations

import json
import time

import pytest

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Project, Standing

pytestmark = pytest.mark.torture

SLUG = "essai-tue"
STEPS = ("secrets", "bucket", "certificate", "infrastructure", "migration", "bootstrap")
MIDWAY = ("created statefulset/queue", "created job/migrate", "created deployment/web")


def ended(project: Project, text: str) -> bool:
    """Whether the newest run says so."""
    events = project.newest_run() / "events.jsonl"
    return events.exists() and text in events.read_text(encoding="utf-8")


def kill_when(project: Project, *texts: str) -> None:
    """Onboard, and kill it as soon as its record holds one of these, or let it end."""
    before = len(list(project.runs.glob("*/run.json")))
    with project.start("onboard", SLUG, "--yes") as process:
        while process.poll() is None:
            begun = len(list(project.runs.glob("*/run.json"))) > before
            if begun and any(ended(project, text) for text in texts):
                process.kill()
                break
            time.sleep(0.02)
        process.communicate()


def test_killed_everywhere_it_still_arrives(standing: Standing, project: Project) -> None:
    project.tenant(SLUG)
    for step in STEPS[:3]:
        kill_when(project, f'"step": "{STEPS[STEPS.index(step) + 1]}"')
    for text in MIDWAY:
        kill_when(project, text)
    for step in STEPS[4:]:
        kill_when(project, f'"step": "{step}"')
    project.succeed("onboard", SLUG, "--yes")
    again = project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    runs = project.succeed("run", "list", SLUG, "--json").document["runs"]
    outcomes = [one["outcome"] for one in runs]
    assert outcomes[0] == "already so"
    assert outcomes.count("killed") >= 4, outcomes
    assert "running" not in outcomes
    kubectl = Kubectl(standing.connection)
    statement = "select count(*) from decidim_organizations"
    command = ["psql", "-X", "-A", "-t", "-h", "/run/postgresql", "-U", "postgres", "-d", "decidim"]
    answer = kubectl.inside(f"{SLUG}-decidim", "statefulset/database", [*command, "-c", statement])
    assert answer.out.strip() == "1"
    names = [
        one["metadata"]["name"] for one in kubectl.get("jobs", "-n", f"{SLUG}-decidim")["items"]
    ]
    assert len([name for name in names if name.startswith("migrate-")]) == 1
    project.succeed("run", "log", runs[-1]["id"], "--json")


def test_a_killed_run_is_resumed_by_its_id(project: Project) -> None:
    last = json.loads((project.newest_run() / "run.json").read_text(encoding="utf-8"))
    refused = project.call("run", "resume", last["id"], "--yes")
    assert refused.status != 0
    assert "run-finished" in refused.err


def test_one_interrupt_stops_after_the_step(project: Project) -> None:
    """Ctrl-C once: the step in hand is finished, and the way on is told."""
    slug = "essai-arret"
    project.tenant(slug)
    before = set(project.runs.iterdir())
    with project.start("onboard", slug, "--yes") as process:
        while process.poll() is None:
            fresh = [folder / "events.jsonl" for folder in set(project.runs.iterdir()) - before]
            if any(path.exists() and '"secrets"' in path.read_text("utf-8") for path in fresh):
                process.send_signal(2)
                break
            time.sleep(0.01)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "run resume" in err
    run = project.newest_run().name
    done = project.succeed("run", "resume", run, "--yes")
    assert f"{slug}/decidim is live" in done.out
