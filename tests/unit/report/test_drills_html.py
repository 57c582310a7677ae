"""The page: well formed, accessible by construction, safe with any text, true in both languages."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.report import drills_html, drills_json
from orchestrator.report.drills import DrillReport
from tests.unit.report.fleet import empty, proven, report

VOID = {"meta", "link", "br", "hr", "img", "input"}
CSS = Path(drills_html.__file__).parent / "templates" / "report.css"
PAGES = [
    pytest.param(made, language, id=f"{made.__name__}-{language}")
    for made in (report, empty, proven)
    for language in ("en", "fr")
]


@dataclass
class Element:
    name: str
    attributes: dict[str, str | None]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Every element with its text, and a fault for what is not closed in its order."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of {tag} is there twice"
        one = Element(tag, dict(attrs), tuple(element.name for element in self.open))
        self.elements.append(one)
        if tag not in VOID:
            self.open.append(one)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one.text += data

    def all(self, *names: str) -> list[Element]:
        return [one for one in self.elements if one.name in names]

    def texts(self, *names: str) -> list[str]:
        return [" ".join(one.text.split()) for one in self.all(*names)]


def page_of(made: DrillReport, language: str = "en") -> Page:
    page = Page()
    page.feed(drills_html.text(made, language))
    page.close()
    assert page.open == []
    return page


@pytest.mark.parametrize(("made", "language"), PAGES)
def test_accessible_by_construction(made: type[DrillReport], language: str) -> None:
    page = page_of(made(), language)
    assert [one.attributes["lang"] for one in page.all("html")] == [language]
    for name in ("title", "h1", "main", "header", "nav"):
        assert len(page.all(name)) == 1, name
    levels = [int(one.name[1]) for one in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert {one.attributes.get("scope") for one in page.all("th")} == {"col", "row"}
    assert all(one.text.strip() for one in page.all("th", "td", "a", "caption", "h2", "h3", "dd"))


@pytest.mark.parametrize(("made", "language"), PAGES)
def test_every_way_within_the_page_leads_somewhere(made: type[DrillReport], language: str) -> None:
    page = page_of(made(), language)
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    targets = {one.attributes["href"] for one in page.all("a")}
    labels = {f"#{one.attributes.get('aria-labelledby')}" for one in page.all("section", "article")}
    assert targets | labels <= {f"#{one}" for one in ids}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_stands_alone_and_runs_nothing(language: str) -> None:
    text = drills_html.text(report(), language)
    page = page_of(report(), language)
    assert text.startswith("<!doctype html>\n")
    assert page.all("script", "link", "img", "iframe", "object", "form") == []
    assert not re.search(r"https?://|@import|url\(|\son[a-z]+=|\sstyle=", text)
    (style,) = page.all("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    policy = next(one for one in page.all("meta") if "http-equiv" in one.attributes)
    assert policy.attributes["content"] == f"default-src 'none'; style-src 'sha256-{digest}'"


def test_text_from_outside_is_text() -> None:
    text = drills_html.text(report())
    assert "311 of 312; &lt;missing&gt; &amp; gone" in text
    assert "&lt;notes&gt;.txt: is no record of a drill." in text
    assert "<missing>" not in text
    assert "<notes>" not in text


def test_key_facts_in_english() -> None:
    page = page_of(report())
    items = page.texts("li")
    assert "Proven within their period: 1 of 4 instances (25 %)." in page.texts("p")
    assert (
        "saint-martin/decidim was restored on 23 November 2026 from a point of 23 November 2026, "
        "01:04 UTC. Measured loss (RPO): 4 min 0 s. Measured time (RTO): 5 min 12 s."
    ) in items
    assert "Drill again from the older point 20261125T0104Z." in " ".join(items)
    assert "Drill tonight: last proven 11 days ago, where 10 are promised." in " ".join(items)
    assert [text for text in page.texts("h3") if ": " in text] == [
        "✗ saint-martin/grist: Failed",
        "! val-des-ormes/grist: Overdue",
        "– val-des-ormes/rudi: Never proven",
    ]
    assert page.texts("tr")[1:5] == [
        "✓ Proven1the last drill held, and is not older than the period",
        "! Overdue1the last drill held, but is older than the period",
        "✗ Failed1the newest drill did not hold, or left its copy behind",
        "– Never proven1no drill has held so far",
    ]
    values = page.texts("dd")
    assert values[:2] == ["✗ Did not hold", "holds, key points-1"]
    assert "✗ does not hold (key named: points-1)" in values
    assert "✗ left behind" in values
    assert "not measured" in values


def test_key_facts_in_french() -> None:
    page = page_of(report(), "fr")
    assert "Prouvées dans leur délai : 1 sur 4 instances (25 %)." in page.texts("p")
    assert (
        "val-des-ormes/grist a été restaurée le 23 novembre 2026 depuis un point du "
        "23 novembre 2026 à 01:04 UTC. Perte mesurée (RPO) : 2 j 3 h. "
        "Durée mesurée (RTO) : 5 min 12 s."
    ) in page.texts("li")
    assert "Instances de val-des-ormes" in page.texts("caption")
    english = [one for one in page.elements if one.attributes.get("lang") == "en"]
    assert "311 of 312; <missing> & gone" in [one.text for one in english]


def test_a_forged_record_is_not_shown_as_held() -> None:
    page = page_of(report())
    assert page.texts("dd").count("✓ Held") == 2
    assert page.texts("dd").count("✗ Proves nothing") == 1


@pytest.mark.parametrize(("language", "word"), [("en", "not measured"), ("fr", "non mesurée")])
def test_no_measure_is_never_told_as_no_loss(language: str, word: str) -> None:
    rows = [row for row in page_of(report(), language).texts("tr") if row.startswith("val-des-orm")]
    assert [row.count(word) for row in rows] == [0, 2]


def test_all_proven_and_nothing_at_all() -> None:
    assert "Nothing: every instance is proven." in page_of(proven()).texts("p")
    assert "Proven within their period: 1 of 1 instances (100 %)." in page_of(proven()).texts("p")
    assert "No instance is to be drilled." in page_of(empty()).texts("p")
    assert "100" not in "".join(page_of(empty()).texts("main"))


def test_the_page_names_its_json_twin() -> None:
    digest = hashlib.sha256(drills_json.text(report()).encode()).hexdigest()
    for language in ("en", "fr"):
        assert digest in page_of(report(), language).texts("code")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_can_be_read_on_its_ground() -> None:
    themes = re.findall(r":root \{(.*?)\}", CSS.read_text("utf-8"), flags=re.DOTALL)
    assert len(themes) == 3
    for theme in themes:
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", theme))
        ground = luminance(colours["ground"])
        for name, colour in colours.items():
            lighter, darker = sorted((luminance(colour), ground), reverse=True)
            contrast = (lighter + 0.05) / (darker + 0.05)
            wanted = {"ground": 1, "band": 1, "line": 3}.get(name, 4.5)
            assert contrast >= wanted, name
        assert (max(luminance(colours["text"]), luminance(colours["band"])) + 0.05) / (
            min(luminance(colours["text"]), luminance(colours["band"])) + 0.05
        ) >= 4.5
