"""The reports for people: text, and a page that is whole in itself."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from dragoman.load.figures import LoadFigures
from dragoman.load.page import page
from dragoman.load.texts import report

VOID = {"meta", "br", "hr"}


class Tags(HTMLParser):
    """What is open, what there was, and what it says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def strained(found: LoadFigures) -> LoadFigures:
    return replace(found, server="ws://<b>host</b>", bottleneck="the tool itself is the bottleneck: a & b")


def test_the_page_is_well_formed_loads_nothing_and_runs_nothing(strained: LoadFigures):
    html = page(strained)
    tags = Tags(html)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe", "b"} & set(tags.seen)
    assert not re.search(r"(?:src|href)=|url\(|@import", html)
    assert "prefers-color-scheme: dark" in html


def test_the_page_tells_what_was_measured_and_what_was_not(strained: LoadFigures):
    text = Tags(page(strained)).text
    for said in (
        "ws://<b>host</b>",
        "the tool itself is the bottleneck: a & b",
        "20.000",
        "299 for p99",
        "timeout",
        "no coordinated omission",
        "a processor <fast>",
        "are left out",
    ):
        assert said in text


def test_its_charts_are_svg_with_a_name_and_bars_inside_the_picture(found: LoadFigures):
    charts = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page(found), re.DOTALL)]
    assert len(charts) == 3, "spans, the distribution of ttft, outcomes"
    for chart in charts:
        assert chart.get("aria-label")
        wide, high = (float(each) for each in (chart.get("viewBox") or "").split()[2:])
        bars = [each for each in chart.iter("rect")]
        assert bars
        for bar in bars:
            x, y, width, height = (float(bar.get(each) or 0) for each in ("x", "y", "width", "height"))
            assert 0 <= x <= x + width <= wide
            assert 0 <= y <= y + height <= high
    histogram = charts[1]
    counted = [title.text or "" for title in histogram.iter("title")]
    assert sum(int(each.rpartition(": ")[2]) for each in counted) == 100


def test_the_text_has_a_dash_where_there_are_too_few_samples(strained: LoadFigures):
    text = report(strained)
    (row,) = [line for line in text.splitlines() if re.match(r"ttft +[\d-]", line)]
    assert re.split(r"\s+", row)[1:8] == ["0.010", "0.695", "0.505", "0.950", "-", "20.000", "100"]
    assert "1 of them at the time limit" in row
    assert "99 of 100 whole and in time, 1 timeout" in text
    assert "WARNING" in text
