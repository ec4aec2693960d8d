"""Alarms and the dashboard: they name metrics that exist, and the rules are run by Prometheus's own tool."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dragoman.reference import ROOT, metrics_table
from tests.deploy.test_overlays import K8S

FOLDER = K8S / "components/monitoring"
RULES: dict[str, Any] = yaml.safe_load((FOLDER / "rules.yaml").read_text())["spec"]
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule}
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "overview.json").read_text())
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed: `make setup-tests` installs it"
)


def expressions() -> list[str]:
    rules = [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]
    return rules + [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def metrics() -> set[str]:
    """Names as they are exported."""
    rows = [line.split("|") for line in metrics_table(ROOT).splitlines()[2:]]
    found = set[str]()
    for name, kind in ((row[1].strip(" `"), row[2].strip()) for row in rows):
        found |= {f"{name}{end}" for end in ("_bucket", "_count", "_sum")} if kind == "histogram" else {name}
    return found


def test_every_metric_that_is_asked_for_exists() -> None:
    recorded = {rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
    for expression in expressions():
        ours = set(re.findall(r"\bdragoman[_:][a-z0-9_:]+", expression))
        assert ours <= metrics() | recorded, expression


def test_every_alert_says_what_it_means_and_has_an_entry_in_the_runbook() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    assert [*ALERTS] == re.findall(r"^#### ([A-Z][A-Za-z]+)$", page, re.MULTILINE)
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"].endswith(f"docs/operations.md#{name.lower()}")


def test_the_dashboard_can_be_provisioned_and_read() -> None:
    assert (DASHBOARD["id"], DASHBOARD["editable"]) == (None, False)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", DASHBOARD["uid"])
    assert [variable["type"] for variable in DASHBOARD["templating"]["list"]] == ["datasource"]
    cells = set[tuple[int, int]]()
    for panel in DASHBOARD["panels"]:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"]["uid"] == "${datasource}"
        at = panel["gridPos"]
        mine = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not mine & cells
        assert at["x"] + at["w"] <= 24
        cells |= mine
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def promtool(*arguments: str | Path) -> None:
    assert PROMTOOL
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_accepts_every_expression(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(yaml.safe_dump(RULES))
    promtool("check", "rules", rules)
    asked = [expression.replace("$__rate_interval", "1m") for expression in expressions()]
    group = {"name": "all", "rules": [{"record": f"n{number}", "expr": expr} for number, expr in enumerate(asked)]}
    rules.write_text(yaml.safe_dump({"groups": [group]}))
    promtool("check", "rules", rules)


@needs_promtool
def test_alarms_go_off_when_they_should_and_only_then(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(RULES))
    tests = tmp_path / "tests.yml"
    tests.write_text((Path(__file__).parent / "alarms.yaml").read_text())
    covered = {
        case["alertname"] for test in yaml.safe_load(tests.read_text())["tests"] for case in test["alert_rule_test"]
    }
    assert covered == set(ALERTS)
    promtool("test", "rules", tests)
