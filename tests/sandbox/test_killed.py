"""A run that is killed anywhere is finished by the next one, and nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import STEPS, Project, Standing

pytestmark = pytest.mark.sandbox

SEEDS = range(int(os.environ.get("ORCHESTRATOR_SEEDS", "10")))
KILLS = 4
WHOLE_S = 30.0  # about as long as one run takes
MIDWAY = ("created statefulset/queue", "created job/migrate", "created deployment/web")


def kill_when(project: Project, slug: str, *texts: str) -> None:
    """Onboard, and kill it as soon as its record holds one of these, or let it end."""
    with project.watched("onboard", slug, "--yes") as call:
        if call.says(*texts):
            call.process.kill()
        call.ended()


def test_killed_everywhere_it_still_arrives(
    standing: Standing, project: Project, slug: str
) -> None:
    for step in STEPS[:4]:
        kill_when(project, slug, f'"step": "{STEPS[STEPS.index(step) + 1]}"')
    for text in MIDWAY:
        kill_when(project, slug, text)
    for step in STEPS[5:]:
        kill_when(project, slug, f'"step": "{step}"')
    project.succeed("onboard", slug, "--yes")
    again = project.succeed("onboard", slug, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    runs = project.succeed("run", "list", slug, "--json").document["runs"]
    outcomes = [one["outcome"] for one in runs]
    assert outcomes[0] == "already so"
    assert outcomes.count("killed") >= 4, outcomes
    assert "running" not in outcomes
    kubectl = Kubectl(standing.connection)
    statement = "select count(*) from decidim_organizations"
    command = ["psql", "-X", "-A", "-t", "-h", "/run/postgresql", "-U", "postgres", "-d", "decidim"]
    answer = kubectl.inside(f"{slug}-decidim", "statefulset/database", [*command, "-c", statement])
    assert answer.out.strip() == "1"
    names = [
        one["metadata"]["name"] for one in kubectl.get("jobs", "-n", f"{slug}-decidim")["items"]
    ]
    assert len([name for name in names if name.startswith("migrate-")]) == 1
    project.succeed("run", "log", runs[-1]["id"], "--json")


def test_stopped_in_three_ways_a_run_is_resumed_by_its_id(project: Project, slug: str) -> None:
    """Ctrl-C once: the step in hand is finished. Twice: it ends at once. Killed: it is told."""
    with project.watched("onboard", slug, "--yes") as call:
        assert call.says('"secrets"')
        call.process.send_signal(signal.SIGINT)
        status, _, err = call.ended()
    assert status == 130, err
    assert "run resume" in err
    run = project.newest_run()
    assert '"step_started"' in (run / "events.jsonl").read_text("utf-8")

    with project.watched("run", "resume", run.name, "--yes") as call:
        assert call.says("created service/")
        call.process.send_signal(signal.SIGINT)
        time.sleep(1.0)
        call.process.send_signal(signal.SIGINT)
        status, _, err = call.ended(timeout_s=30)
    assert status == 130, err
    assert "Traceback" not in err
    assert "run resume" in err
    assert '"step": "migration"' not in (run / "events.jsonl").read_text("utf-8")

    with project.watched("run", "resume", run.name, "--yes") as call:
        assert call.says('"step": "migration"')
        call.process.kill()
        call.ended()
    assert f"{slug}/decidim is live" in project.succeed("run", "resume", run.name, "--yes").out
    finished = project.call("run", "resume", run.name, "--yes")
    assert finished.status != 0
    assert "run-finished" in finished.err


@pytest.mark.torture
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random_it_still_arrives(project: Project, slug: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    for _ in range(KILLS):
        with project.watched("onboard", slug, "--yes") as call:
            time.sleep(chance.uniform(0.2, WHOLE_S))
            call.process.kill()
            call.ended()
    project.succeed("onboard", slug, "--yes")
    again = project.succeed("onboard", slug, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
