"""What guests of meetings left is deleted when its delay is over, and nothing else is."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - the pages are for people, who use curl
from collections.abc import Iterator

import pytest

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import TENANTS, Done, Standing

pytestmark = pytest.mark.sandbox

SLUG = TENANTS[0]
NAMESPACE = f"{SLUG}-decidim"
REQUESTS = "decidim_guest_meeting_registration_registration_requests"
# Who, when their meeting ended, when they registered (both in days before today), how often they
# signed in, and whether the account was made for a guest.
PEOPLE = {
    "old": (200, 210, 0, True),
    "recent": (10, 300, 0, True),
    "expected": (-30, 300, 0, True),
    "signed-in": (200, 210, 3, True),
    "resident": (200, 210, 0, False),
}


@pytest.fixture(scope="module")
def kubectl(standing: Standing, onboarded: dict[str, Done]) -> Kubectl:
    return Kubectl(standing.connection)


def ask(kubectl: Kubectl, statement: str) -> list[str]:
    command = ["psql", "-X", "-A", "-t", "-q", "-h", "/run/postgresql", "-U", "postgres"]
    said = kubectl.inside(
        NAMESPACE, "statefulset/database", [*command, "-d", "decidim", "-c", statement]
    )
    assert said.status == 0, said.err
    return said.out.split()


def purge(kubectl: Kubectl, name: str) -> None:
    job = f"try-{name}"
    made = kubectl("create", "job", job, f"--from=cronjob/{name}", "-n", NAMESPACE)
    assert made.status == 0, made.err
    done = kubectl(
        "wait",
        "--for=condition=complete",
        f"job/{job}",
        "-n",
        NAMESPACE,
        "--timeout=120s",
        timeout_s=150,
    )
    assert done.status == 0, kubectl("logs", f"job/{job}", "-n", NAMESPACE).out
    kubectl("delete", "job", job, "-n", NAMESPACE)


@pytest.fixture(scope="module")
def guests(kubectl: Kubectl) -> Iterator[None]:
    """Guests of several ages, in the tables as the product keeps them."""
    organisation = "(SELECT id FROM decidim_organizations LIMIT 1)"
    clear(kubectl)
    for name, (ended, asked, visits, made) in PEOPLE.items():
        mark = '{"attend_meetings": true}' if made else "{}"
        before = f"now() - interval '{asked} days'"
        ask(
            kubectl,
            f"""
            WITH meeting AS (
              INSERT INTO decidim_meetings_meetings (end_time, decidim_organization_id)
              VALUES (now() - interval '{ended} days', {organisation}) RETURNING id),
            account AS (
              INSERT INTO decidim_users (decidim_organization_id, email, name, extended_data,
                sign_in_count, current_sign_in_at, created_at)
              VALUES ({organisation}, '{name}@guests.example', '{name}', '{mark}', {visits},
                CASE WHEN {visits} > 0 THEN now() END, {before}) RETURNING id),
            history AS (
              INSERT INTO versions (item_type, item_id, event, object_changes)
              SELECT 'Decidim::UserBaseEntity', id, 'create', '{name}' FROM account),
            place AS (
              INSERT INTO decidim_meetings_registrations
                (decidim_user_id, decidim_meeting_id, created_at)
              SELECT account.id, meeting.id, {before} FROM account, meeting)
            INSERT INTO {REQUESTS} (email, name, decidim_meetings_meetings_id,
              decidim_organization_id, decidim_user_id, created_at)
            SELECT '{name}@guests.example', '{name}', meeting.id, {organisation}, account.id,
              {before}
            FROM account, meeting
            """,  # noqa: S608 - words of this file
        )
    yield
    clear(kubectl)


def clear(kubectl: Kubectl) -> None:
    ask(kubectl, f"DELETE FROM {REQUESTS}")  # noqa: S608 - a word of this file
    ask(kubectl, "DELETE FROM decidim_meetings_registrations")
    ask(kubectl, "DELETE FROM versions WHERE item_type = 'Decidim::UserBaseEntity'")
    ask(kubectl, "DELETE FROM decidim_users WHERE email LIKE '%@guests.example' OR email = ''")
    ask(kubectl, "DELETE FROM decidim_meetings_meetings")


def test_only_what_is_old_enough_goes_and_the_second_time_nothing(
    kubectl: Kubectl, guests: None
) -> None:
    for name in ("purge-guest-requests", "purge-guest-accounts"):
        purge(kubectl, name)
    left = ask(kubectl, f"SELECT name FROM {REQUESTS} ORDER BY name")  # noqa: S608 - as above
    assert left == ["expected", "recent"]
    kept = ask(
        kubectl,
        "SELECT name FROM decidim_users WHERE email LIKE '%@guests.example'"
        " AND deleted_at IS NULL ORDER BY name",
    )
    assert kept == ["expected", "recent", "resident", "signed-in"]
    told = ask(kubectl, "SELECT object_changes FROM versions WHERE object_changes = 'old'")
    assert told == []
    for name in ("purge_guest_requests", "purge_guest_accounts"):
        assert run(kubectl, name, 26 * 604_800) == {"changed": False, "deleted": 0}


def run(kubectl: Kubectl, name: str, kept_s: int) -> dict[str, object]:
    command = ["bundle", "exec", "rails", "runner", f"/orchestrator/runners/{name}.rb"]
    said = kubectl.inside(NAMESPACE, "deployment/web", command, json.dumps({"kept_s": kept_s}))
    answer: dict[str, object] = json.loads(said.out.splitlines()[-1])
    return answer


@pytest.mark.parametrize("name", ["purge_guest_requests", "purge_guest_accounts"])
def test_a_delay_that_would_take_everything_is_refused(kubectl: Kubectl, name: str) -> None:
    assert "below a day" in str(run(kubectl, name, 0)["reason"])


def test_guests_and_visitors_find_the_pages_of_the_law(
    standing: Standing, onboarded: dict[str, Done]
) -> None:
    place = f"https://participer.{SLUG}.localhost:{standing.connection.entrance.port}"
    for page, says in {
        "guests-privacy": (f"dpo@{SLUG}.example", "26 semaines", "Commune de Saint-Martin"),
        "accessibility": (f"accessibilite@{SLUG}.example", "partiellement conforme"),
    }.items():
        argv = ["curl", "--silent", "--fail", "--cacert", str(standing.connection.authority)]
        told = subprocess.run(
            [*argv, f"{place}/pages/{page}"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        assert [text for text in says if text not in told] == []
