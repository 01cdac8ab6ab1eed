"""Every command that README and docs show is run, page by page, as somebody who follows them would."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.cases import EXAMPLES
from tests.support.docs import PAGES, TOP, Command, commands
from tests.support.emulator import Emulator
from tests.support.emulator.prerequisites import load_config, regions_of, seed_for
from tests.support.terraform import Provider
from tests.support.tpa_made import make

NOT_RUN = {
    r"(pipx|pip) install|python3 -m venv": "tests/e2e/test_wheel.py installs the wheel so",
    r"eval .*zsh_source|_TPA_TF_COMPLETE=fish_source": "of other shells: tests/unit/test_terminal.py",
    r"terraform state mv aws_(ebs_volume|volume_attachment)\.kelp_sdf": "of a cluster's history, which the page tells",
    r"terraform -chdir=\S+ providers lock": "it downloads the provider for other platforms",
}
"""What can't be run here, as a pattern, and why."""

INSTEAD = {
    r"make (\w+)": r"make -n --directory {top} \1",  # that there is such a target: the tests can't run themselves
    r"(tpa-tf inventory \S+) --wait": r"\1",  # nothing answers SSH in an emulated AWS
    r"terraform plan -destroy -out=plan": r"terraform plan -destroy -out=plan; refused=1",
    r"tpa-tf review plan": r'tpa-tf review plan || [ "$refused" ]',
    r"cd cdktf\.out/stacks/speedy": r"cd cdktf.out/stacks/speedy",
}
"""What is run in place of a command: a pattern, and what it becomes."""

BEFORE = {
    ("docs/changes.md", "terraform plan -out plan"): "cd cdktf.out/stacks/speedy && terraform init",
    ("docs/show.md", "tpa-tf impact HEAD clusters/speedy --format html > edit.html"): "true",
}
"""What the text of a page says to have done before a command."""

STUBS = ("aws", "tpaexec")
"""Programs that are not here: they do nothing."""

_PATH_STYLE = "\nterraform:\n  provider:\n    s3_use_path_style: true\n"
_IGNORED = "vault/\nid_*\nhostkeys/\n.terraform/\n*.tfstate*\nplan\n"


def listed() -> list[Command]:
    return [command for page in PAGES for command in commands(page)]


def why_not(command: Command) -> str | None:
    return next((reason for pattern, reason in NOT_RUN.items() if re.match(pattern, command.bare)), None)


def test_every_exception_is_of_a_command_that_is_there() -> None:
    texts = [command.bare for command in listed()]
    for pattern in (*NOT_RUN, *INSTEAD):
        assert any(re.match(pattern, text) for text in texts), pattern
    assert set(BEFORE) <= {(command.page, command.bare) for command in listed()}


def cluster(directory: Path, name: str) -> None:
    """The smallest example by another name, for an AWS that is emulated."""
    directory.mkdir(parents=True)
    text = (EXAMPLES / "minimal" / "config.yml").read_text()
    text = text.replace("cluster_name: minimal", f"cluster_name: {name}\nkeyring_backend: legacy")
    (directory / "config.yml").write_text(text + _PATH_STYLE)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with the clusters that the pages name; the last edit of clusters/speedy is not committed."""
    here = tmp_path / "here"
    for path, name in (("examples/minimal", "minimal"), ("far-apart", "far-apart"), ("clusters/speedy", "speedy")):
        cluster(here / path, name)
    for path in ("old", "new"):
        cluster(here / path, "speedy")
    (here / ".gitignore").write_text(_IGNORED)
    for command in ("init -q -b main .", "add -A", "commit -qm clusters"):
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *command.split()], cwd=here, check=True, capture_output=True)
    config = here / "clusters/speedy/config.yml"
    config.write_text(config.read_text().replace("t3.micro", "t3.small"))
    (tmp_path / "bin").mkdir()
    for stub in STUBS:
        (tmp_path / "bin" / stub).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / stub).chmod(0o755)
    return here


def environment(tmp_path: Path, provider: Provider, emulator: Emulator) -> dict[str, str]:
    programs = [str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    people = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **provider.environment(emulator.environment()),
        **people,
        "PATH": os.pathsep.join(programs),
        "TF_CLI_ARGS": "-no-color",
        "TERM": "dumb",
    }


def session(page: Path) -> str:
    """The commands of ``page`` as a script that ends where one fails."""
    script = ["set -euo pipefail", "refused="]
    for number, command in enumerate(commands(page)):
        script.append(f"printf '\\n@@%s\\n' {number}")
        if before := BEFORE.get((command.page, command.bare)):
            script.append(before)
        if why_not(command):
            continue
        text = command.text
        for pattern, instead in INSTEAD.items():
            text = re.sub(rf"^{pattern}", instead.format(top=shlex.quote(str(TOP))), text)
        script.append(text)
    return "\n".join(script) + "\n"


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_commands_of_a_page_run(page: Path, place: Path, tmp_path: Path, terraform_provider: Provider) -> None:
    case = EXAMPLES / "minimal"
    if page.name == "adopt.md":
        case = of_tpa(place)
    elif page.name == "changes.md":
        subprocess.run([sys.executable, "-m", "tpa_tf", "keys", "clusters/speedy"], cwd=place, check=True)
        subprocess.run([sys.executable, "-m", "tpa_tf", "synth", "clusters/speedy"], cwd=place, check=True)
    with Emulator(seed_for(case), regions_of(load_config(case)), tmp_path) as emulator:
        if page.name == "adopt.md":
            make(case, emulator.url)
        done = subprocess.run(
            ["bash", "-c", session(page)],
            cwd=place,
            env=environment(tmp_path, terraform_provider, emulator),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    parts = re.split(r"^@@\d+\n", done.stdout, flags=re.M)[1:]
    last = commands(page)[len(parts) - 1]
    assert done.returncode == 0, f"{last.page}:{last.line}: {last.text}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    for command, said in zip(commands(page), parts, strict=True):
        for line in command.output:
            wanted = ".*".join(map(re.escape, line.split("…")))
            assert re.search(rf"^{wanted}$", said, re.M), f"{command.page}:{command.line}: {line!r} is not in {said}"


def of_tpa(place: Path) -> Path:
    """A case of a cluster called speedy that TPA has made, with the cluster directory that it left."""
    parity = Path(__file__).parent / "parity" / "minimal"
    case = place.parent / "case"
    case.mkdir()
    for path in parity.iterdir():
        (case / path.name).write_text(path.read_text().replace("minimal", "speedy"))
    shutil.copytree(case, place / "speedy", ignore=shutil.ignore_patterns("expected*"))
    with (place / "speedy" / "config.yml").open("a") as config:
        config.write(f"\nkeyring_backend: legacy{_PATH_STYLE}")
    subprocess.run([sys.executable, "-m", "tpa_tf", "keys", str(place / "speedy")], check=True, capture_output=True)
    return case
