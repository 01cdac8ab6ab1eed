"""Where templates are found, and how all of them are rendered."""

import subprocess
from pathlib import Path

import jinja2
import pytest

from tpa_tf import templates


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package directory beside a ``templates`` directory, in place of the real ones."""
    package = tmp_path / "tpa_tf"
    package.mkdir()
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(templates, "__file__", str(package / "templates.py"))
    return package


def write(package: Path, name: str, text: str) -> None:
    (package.parent / "templates" / name).write_text(text)


def test_checkout_has_its_templates_at_the_top_level() -> None:
    assert (templates.directory() / "user-data" / "main.sh.j2").is_file()


def test_installed_wheel_has_its_templates_in_the_package(package: Path) -> None:
    (package / "_templates").mkdir()
    assert templates.directory(package) == package / "_templates"


def test_templates_beside_the_package_are_a_checkouts(package: Path) -> None:
    assert templates.directory(package) == package.parent / "templates"


def test_installation_without_templates_is_told_apart_from_a_wrong_template_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install it again"):
        templates.directory(tmp_path / "tpa_tf")


def test_unknown_template_is_an_error(package: Path) -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        templates.render("none.j2")


def test_missing_value_is_an_error(package: Path) -> None:
    write(package, "a.j2", "{{ here }} {{ missing }}\n")
    with pytest.raises(jinja2.UndefinedError, match="missing"):
        templates.render("a.j2", here=1)


def test_statements_and_comments_leave_no_lines_and_the_last_newline_stays(package: Path) -> None:
    write(package, "a.j2", "{# why #}\n  {% if true %}\nkept\n  {% endif %}\nend\n")
    assert templates.render("a.j2") == "kept\nend\n"


def test_values_are_neither_escaped_nor_rendered(package: Path) -> None:
    write(package, "a.j2", "{{ value }}\n")
    assert templates.render("a.j2", value='<a> & {{ b }} "c"') == '<a> & {{ b }} "c"\n'


def test_values_in_html_are_escaped_and_what_it_includes_is_not(package: Path) -> None:
    write(package, "a.html.j2", '<a title="{{ value }}">{% include "b.css" %}</a>\n')
    write(package, "b.css", "p > a { }\n")
    assert templates.render("a.html.j2", value="<\"'&>") == '<a title="&lt;&#34;&#39;&amp;&gt;">p > a { }\n</a>\n'


@pytest.mark.parametrize(
    "value", ["", "plain", "two words", "it's", "$(id) `id` $HOME", 'a"b\\', "two\nlines", "*;&|<>"]
)
def test_shell_filter_makes_one_word_of_any_text(package: Path, value: str) -> None:
    write(package, "a.j2", "printf %s {{ value | shell }}\n")
    script = templates.render("a.j2", value=value)
    assert subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout == value
