"""The house itself: sizes, words that must not stay, tables that match the models."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import call_command

REPOSITORY = Path(__file__).parents[2]
OURS = sorted(
    path
    for folder in ("tanggap", "tests")
    for path in (REPOSITORY / folder).rglob("*.py")
    if "migrations" not in path.parts
)
LINES_OF_A_FUNCTION = 40
LINES_OF_A_FILE = 500
# longer for a reason
A_LIST_OF_SHAPES = {
    "building",
    "car",
    "banner",
}  # of one drawing: cut in two, neither half would mean anything
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def functions(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_long():
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.name} has {length} lines"
        for path in OURS
        for node in functions(path)
        if (length := node.end_lineno - node.lineno + 1) > LINES_OF_A_FUNCTION
        and node.name not in A_LIST_OF_SHAPES
    ]
    assert found == []


def test_no_file_is_long():
    found = [
        str(path.relative_to(REPOSITORY))
        for path in OURS
        if len(path.read_text().splitlines()) > LINES_OF_A_FILE
    ]
    assert found == []


def test_every_module_says_what_it_is():
    found = [
        str(path.relative_to(REPOSITORY))
        for path in OURS
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert found == []


def test_nothing_is_left_unfinished():
    assert [str(path.relative_to(REPOSITORY)) for path in OURS if UNFINISHED.search(path.read_text())] == []


@pytest.mark.django_db
def test_the_tables_match_the_models():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
