"""What other programs read: CSV, and Prometheus text."""

import csv

from prometheus_client.parser import text_string_to_metric_families

from dragoman.load.exports import as_csv, as_prometheus
from dragoman.load.figures import LoadFigures
from tests.dragoman.load.conftest import Filled


def test_the_csv_has_a_line_for_each_figure_and_each_outcome(found: LoadFigures):
    figures, outcomes = as_csv(found).split("\n\n")
    rows = {row["figure"]: row for row in csv.DictReader(figures.splitlines())}
    assert list(rows) == ["connection", "ttft"]
    assert (rows["ttft"]["samples"], rows["ttft"]["unanswered"], rows["ttft"]["max"]) == ("100", "1", "20.0000")
    assert rows["ttft"]["p99"] == ""
    assert outcomes.splitlines()[1:] == ["simple,ok,99", "simple,timeout,1"]


def test_prometheus_reads_its_text_and_finds_no_number_that_was_not_measured(filled: Filled):
    def put(tally: object) -> None:
        tally.add("ttft", 1.5)  # type: ignore[attr-defined]  # a Tally
        tally.failed["simple", 'a "quoted" \\ kind'] = 2  # type: ignore[attr-defined]

    families = {family.name: family for family in text_string_to_metric_families(as_prometheus(filled(put)))}
    seconds = {sample.labels["statistic"]: sample.value for sample in families["dragoman_load_seconds"].samples}
    assert seconds == {"min": 1.5, "mean": 1.5, "max": 1.5}
    outcomes = {sample.labels["outcome"]: sample.value for sample in families["dragoman_load_utterances"].samples}
    assert outcomes == {"ok": 0, 'a "quoted" \\ kind': 2}
    assert families["dragoman_load_success_ratio"].samples[0].value == 0
