"""One class, one name: whoever reads `Channel` need not ask which. By the text of the sources; tests' own classes are
not looked at."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("gateway", "workers", "schemas", "dragoman")
LOGGING = tuple(f"log.{level}" for level in ("debug", "info", "warning", "error", "exception"))
CLASS = re.compile(r"^\s*(?:export )?class (\w+)", re.MULTILINE)


def test_no_two_classes_have_the_same_name() -> None:
    found = defaultdict(list)
    for source in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name.lstrip("_")].append(str(source.relative_to(ROOT)))
    assert len(found) > 400
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_no_two_classes_of_the_pages_have_the_same_name() -> None:
    sources = list((ROOT / "gateway/pages").rglob("*.js"))
    names = [name for source in sources for name in CLASS.findall(source.read_text())]
    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


def test_a_log_line_names_a_session_by_its_id_in_one_field() -> None:
    """Whoever looks for all that is logged of a session needs one name; a code is given anew, and is none."""
    fields = {
        (str(source.relative_to(ROOT)), keyword.arg)
        for folder in FOLDERS
        for source in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in LOGGING
        for keyword in node.keywords
    }
    assert len(fields) > 60
    assert not [each for each in fields if each[1] in ("session", "sid")]
