"""The last day of a training, as the entrance keeps it by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from stacks.entrance import Door, skipper_terms
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import TENANTS, Done, Standing

pytestmark = pytest.mark.sandbox

NAMESPACE = f"{TENANTS[0]}-decidim"
ROUTES = "zalando.org/skipper-routes"
PATIENCE_S = 30.0


@pytest.fixture
def entrance(standing: Standing, onboarded: dict[str, Done]) -> Iterator[Kubectl]:
    """The cluster, whose door of the first tenant is as it was afterwards."""
    del onboarded
    kubectl = Kubectl(standing.connection)
    before = kubectl.get("ingress", "web", "-n", NAMESPACE)["metadata"]["annotations"]
    yield kubectl
    annotate(kubectl, before.get(ROUTES))


def annotate(kubectl: Kubectl, routes: str | None) -> None:
    patch = json.dumps({"metadata": {"annotations": {ROUTES: routes}}})
    done = kubectl("patch", "ingress", "web", "-n", NAMESPACE, "--type=merge", "--patch", patch)
    assert done.status == 0, done.err


def test_from_the_next_day_on_it_is_shut(standing: Standing, entrance: Kubectl) -> None:
    url = f"https://participer.{TENANTS[0]}.localhost:{standing.connection.entrance.port}/"

    def settles(status: int) -> bytes:
        until = time.monotonic() + PATIENCE_S
        while (answer := standing.web.request("GET", url)).status != status:
            assert time.monotonic() < until, answer.status
            time.sleep(0.3)
        return answer.body

    door = Door("web", "web", body_mb=10)
    for year, status in ((2020, 410), (2999, 200)):
        terms = skipper_terms(door, port=None, ends=datetime(year, 1, 1, tzinfo=UTC))
        annotate(entrance, terms[ROUTES])
        assert (b"This training has ended." in settles(status)) == (status == 410)
