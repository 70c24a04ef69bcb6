"""What is printed from code is compared with code; what is named in a document exists."""

import re
from pathlib import Path

from django.apps import apps

from tanggap import flow, workflow

ROOT = Path(__file__).parents[3]


def test_the_workflow_page_is_what_the_table_says():
    assert (ROOT / "docs/workflow.md").read_text() == workflow.as_markdown(), (
        "run: python -m tanggap.workflow > docs/workflow.md"
    )


def test_the_glossary_names_every_model_and_no_other():
    named = set(re.findall(r"^\| ([A-Z]\w+) \|", (ROOT / "docs/glossary.md").read_text(), re.M))
    assert named == {model.__name__ for model in apps.get_app_config("tanggap").get_models()}


def test_every_reaction_answers_an_event_of_the_table():
    verbs = {step.verb for step in workflow.STEPS}
    assert set(flow.REACTIONS) - verbs == set()
    assert {name for names in flow.REACTIONS.values() for name in names} == set(flow.DO)


def test_the_readme_names_only_what_is_there():
    readme = (ROOT / "README.md").read_text()
    for path in re.findall(r"^(?:  )?([a-z0-9_./]+(?:\.py|/))\s{2,}", readme, re.M):
        assert (ROOT / path).exists() or (ROOT / "tanggap" / path).exists(), path
