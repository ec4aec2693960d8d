"""A report of several loads."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from dragoman.load import texts
from dragoman.load.charts import steps
from dragoman.load.comparison import differences
from dragoman.load.figures import LoadFigures
from dragoman.load.reporting import LoadReport, markdown, picture
from dragoman.load.targets import Inside, targets

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def report(found: LoadFigures) -> LoadReport:
    """One session and ten."""
    runs = [replace(found, shape=replace(found.shape, concurrency=count)) for count in (1, 10)]
    return LoadReport(runs, [each for run in runs for each in targets(run, Inside())])


def test_every_aim_stands_in_the_table_with_what_became_of_it(report: LoadReport):
    text = markdown(report, "report.svg")
    assert "| 10 | time to first token, mean | < 1.5 s | 0.695 s | met |" in text
    assert "| 10 | success | > 99 % | 99.0 % | missed |" in text
    assert "| 1 | control messages, p95 | < 0.1 s |  | not measured: nothing came |" in text
    assert "![Seconds to the first token and to the last audio, by sessions](report.svg)" in text
    assert "Beside" not in text
    columns = {line.count("|") for line in text.splitlines() if line.startswith("| 1")}
    assert len(columns) == 1


def test_a_comparison_names_what_regressed_or_says_why_nothing_is(report: LoadReport):
    now = [run.as_dict() for run in report.runs]
    old = json.loads(json.dumps(now))
    for run in old:
        run["figures"]["ttft"]["mean"] /= 2
    alone = markdown(replace(report, against="old.json", changed=differences(old, now)))
    assert "Nothing is called a regression" in alone
    assert "**regression**" not in alone
    repeated = replace(report, against="old.json", changed=differences(old * 2, now * 2))
    assert "| 10 | ttft_mean | 0.347 | 0.695 | 2.00 | 0 % | **regression** |" in markdown(repeated)
    read = json.loads(json.dumps(repeated.as_dict()))
    assert [(each["name"], each["ratio"]) for each in read["differences"] if each["regressed"]] == [
        ("ttft_mean", pytest.approx(2.0)),
        ("ttft_mean", pytest.approx(2.0)),
    ]
    assert len(read["runs"]) == 2


def test_a_report_of_interruptions_says_that_they_wait(found: LoadFigures, report: LoadReport):
    assert "an interruption waits" not in markdown(report) + texts.report(found)
    waits = replace(found, shares={"simple": 0.9, "interruptions": 0.1})
    assert "an interruption waits" in texts.report(waits)
    assert "an interruption waits" in markdown(LoadReport([waits], []))


def test_the_picture_is_a_file_of_its_own_with_a_point_for_each_load(report: LoadReport):
    svg = ElementTree.fromstring(picture(report))
    assert svg.tag == f"{SVG}svg"
    wide, high = (float(each) for each in (svg.get("viewBox") or "").split()[2:])
    points = [(float(each.get("cx") or 0), float(each.get("cy") or 0)) for each in svg.iter(f"{SVG}circle")]
    assert len(points) == 4, "mean and p95 of ttft, of two loads"
    assert all(0 <= x <= wide and 0 <= y <= high for x, y in points)
    assert "prefers-color-scheme: dark" in (svg.findtext(f"{SVG}style") or "")


def test_names_of_lines_that_end_beside_each_other_can_be_read():
    svg = ElementTree.fromstring(steps({"one": [(1, 1.0)], "two": [(1, 1.01)], "three": [(1, 0.0)]}, "title"))
    names = {each.text: float(each.get("y") or 0) for each in svg.iter("text")}
    assert names["three"] > names["one"] >= names["two"] + 14
