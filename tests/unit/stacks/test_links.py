"""A link opens one direction at both of its ends, and nothing else."""

from __future__ import annotations

from stacks.decidim.order import DecidimOrder as Order
from stacks.links import Way, links

OUT = Way("grist", "saint-martin-grist", (("web", 8484),), outwards=True)
IN = Way("rudi", "saint-martin-rudi", (("web", 3000),), outwards=False)


def test_the_asking_end_leads_to_those_pods_and_that_port(order: Order) -> None:
    (one,) = links(order, (OUT,))
    assert one.name == "link-to-grist"
    spec = one.body["spec"]
    assert spec["policyTypes"] == ["Egress"]
    (rule,) = spec["egress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 8484}]
    (peer,) = rule["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "saint-martin-grist"
    }
    assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "web"}


def test_the_answering_end_lets_in_the_products_own_pods_alone(order: Order) -> None:
    (one,) = links(order, (IN,))
    assert one.name == "link-from-rudi-web"
    spec = one.body["spec"]
    assert spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "web"}}
    assert spec["policyTypes"] == ["Ingress"]
    (peer,) = spec["ingress"][0]["from"]
    assert set(peer) == {"namespaceSelector", "podSelector"}
    assert peer["podSelector"]["matchLabels"] == {"orchestrator/role": "application"}


def test_without_a_link_there_is_no_policy(order: Order) -> None:
    assert links(order, ()) == ()


def test_a_link_waits_for_the_namespace(order: Order) -> None:
    assert {one.depends_on for one in links(order, (OUT, IN))} == {
        (f"namespace/{order.namespace}",)
    }
