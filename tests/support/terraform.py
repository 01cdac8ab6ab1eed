"""Runs the terraform command with one initialised AWS provider that all tests share.

The provider comes from the public registry, or, where ``TPA_TF_PROVIDER_MIRROR`` names a directory that holds
``registry.terraform.io/hashicorp/aws/…`` unpacked, from there. Its binary has some 700 MB: it is linked, never copied.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MIRROR_VARIABLE = "TPA_TF_PROVIDER_MIRROR"
PROVIDER_VERSION = "5.100.0"

_MIRRORED = """
provider_installation {{
  filesystem_mirror {{
    path    = {path}
    include = ["hashicorp/*"]
  }}
  direct {{
    exclude = ["hashicorp/*"]
  }}
}}
"""

_REATTACH = "TF_REATTACH_PROVIDERS"

_ACTIONS = {
    "create": ["create"],
    "update": ["update"],
    "delete": ["delete"],
    "replace": ["delete", "create"],
    "remove": ["forget"],
}


class TerraformError(Exception):
    """A terraform command failed; the message is the command and its output."""


class Provider:
    """An initialised provider in ``directory``, which may be shared by several processes."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._initialised = directory / "initialised"
        self._config = directory / "terraform.rc"
        with (directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._initialised.exists():
                self._initialise(directory / "new")
                (directory / "new").rename(self._initialised)

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """``base`` for terraform: quiet, and independent of the user's own settings of it."""
        kept = {name: value for name, value in base.items() if not name.startswith("TF_")}
        return kept | {
            "TF_CLI_CONFIG_FILE": str(self._config),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
            "GOGC": "400",  # the provider spends a fifth of its start on collecting what it is about to need
        }

    def prepare(self, stack: Path) -> None:
        """Make the stack's directory ready for validate, or for an init that finds the provider in place."""
        (stack / ".terraform").mkdir(exist_ok=True)
        (stack / ".terraform" / "providers").symlink_to(self._initialised / ".terraform" / "providers")
        shutil.copy(self._initialised / ".terraform.lock.hcl", stack)

    def _initialise(self, work: Path) -> None:
        mirror = os.environ.get(MIRROR_VARIABLE)
        self._config.write_text(_MIRRORED.format(path=json.dumps(mirror)) if mirror else "")
        shutil.rmtree(work, ignore_errors=True)  # what another process left that failed here
        work.mkdir()
        providers = {"aws": {"source": "hashicorp/aws", "version": PROVIDER_VERSION}}
        (work / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": providers}}))
        run(["terraform", "init", "-no-color"], work, self.environment(os.environ))


class Stack:
    """One synthesized stack directory, and what terraform does with it in ``environment``."""

    def __init__(self, directory: Path, provider: Provider, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self._environment: Mapping[str, str] = provider.environment(environment)
        provider.prepare(directory)

    @property
    def environment(self) -> Mapping[str, str]:
        """What terraform is run with, and what runs it."""
        return self._environment

    def init(self) -> None:
        """Initialise the backend; the provider is there."""
        self._terraform("init")

    def migrate_state(self) -> None:
        """Copy the state to the backend that the stack names now."""
        self._terraform("init", "-migrate-state", "-force-copy")

    @contextlib.contextmanager
    def with_running_provider(self) -> Iterator[None]:
        """Within this, one process of the provider serves every command: its start takes a third of a small plan.

        For a stack of one region: each ``provider`` block would configure the same process once more.
        """
        providers = self.directory / ".terraform" / "providers" / "registry.terraform.io" / "hashicorp" / "aws"
        (binary,) = providers.glob(f"{PROVIDER_VERSION}/*/terraform-provider-aws_v{PROVIDER_VERSION}*")
        before = self._environment
        with subprocess.Popen(
            [binary, "-debug"], env=before, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                assert process.stdout
                said = next(line for line in process.stdout if f"{_REATTACH}=" in line)
                self._environment = {**before, _REATTACH: said.partition("=")[2].strip().strip("'")}
                yield
            finally:
                self._environment = before
                process.terminate()

    def validate(self) -> None:
        """Check the configuration against the provider's schema; needs neither init nor AWS."""
        self._terraform("validate")

    def provider_schema(self) -> dict[str, Any]:
        """The schema of the aws provider: its own block, its resources, its data sources."""
        command = ["terraform", "providers", "schema", "-json"]
        printed = run(command, self.directory, self._environment).stdout
        (schema,) = json.loads(printed)["provider_schemas"].values()
        return dict(schema)

    def apply(self, *arguments: str) -> None:
        """Make what the stack says."""
        self._terraform("apply", "-auto-approve", "-parallelism=20", *arguments)

    def pending_changes(self) -> str:
        """What a plan would change now; empty if nothing."""
        plan = self._terraform("plan", "-detailed-exitcode", "-parallelism=20", accepted=(0, 2))
        return plan.stdout if plan.returncode == 2 else ""

    def planned_changes(self, *, refresh: bool = True) -> dict[str, list[str]]:
        """What a plan would do now: address to actions (create, update, delete, forget), without what stays as it is.

        Without ``refresh``, the state is taken for what there is: where nothing was applied since it was written, the
        plan is the same. The plan itself is kept for :meth:`shown_plan`. TerraformError with all that terraform says if
        planning fails.
        """
        options = ("-json", "-out=plan", "-parallelism=20", *(() if refresh else ("-refresh=false", "-lock=false")))
        answer = self._terraform("plan", *options, accepted=(0, 1))
        messages = [json.loads(line) for line in answer.stdout.splitlines()]
        if answer.returncode:
            errors = [each["diagnostic"] for each in messages if each["type"] == "diagnostic"]
            raise TerraformError("\n".join(_shown(each) for each in errors))
        changes = [each["change"] for each in messages if each["type"] == "planned_change"]
        return {
            change["resource"]["addr"]: _ACTIONS[change["action"]] for change in changes if change["action"] in _ACTIONS
        }

    def shown_plan(self) -> dict[str, Any]:
        """The last plan as ``terraform show -json`` prints it."""
        return dict(json.loads(self._terraform("show", "-json", "plan").stdout))

    def addresses(self) -> set[str]:
        """The addresses of all that the stack makes."""
        resources = json.loads((self.directory / "cdk.tf.json").read_text())["resource"]
        return {f"{kind}.{name}" for kind, named in resources.items() for name in named}

    def outputs(self) -> dict[str, Any]:
        """The values of the stack's outputs."""
        answer = json.loads(self._terraform("output", "-json").stdout)
        return {name: output["value"] for name, output in answer.items()}

    def destroy(self) -> None:
        """Take away what the stack made."""
        self._terraform("destroy", "-auto-approve", "-parallelism=20")

    def _terraform(
        self, command: str, *arguments: str, accepted: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[str]:
        return run(["terraform", command, "-no-color", *arguments], self.directory, self._environment, accepted)


def _shown(diagnostic: Mapping[str, Any]) -> str:
    """The address is told for what is there only; the block that complains is told for all."""
    block = diagnostic.get("snippet", {}).get("context") or ""
    return " ".join([diagnostic["summary"], diagnostic.get("address") or "", block, diagnostic["detail"]])


def run(
    command: list[str], directory: Path, environment: Mapping[str, str], accepted: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run ``command``; TerraformError with its output unless its exit code is ``accepted``."""
    result = subprocess.run(
        command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if result.returncode not in accepted:
        printed = result.stdout[-3000:] + result.stderr[-3000:]
        raise TerraformError(f"{' '.join(command)} exited with {result.returncode}:\n{printed}")
    return result
