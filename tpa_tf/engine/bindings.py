"""CDKTF and its prebuilt AWS bindings: the one place that names these packages, and that makes loading them fast.

Imported the plain way, the AWS bindings take ten seconds and 600 MB for one resource as for a hundred: the Python
package imports all of its 2,100 submodules, and its Node half requires as many files. Here both halves are lazy: a
stand-in for the Python package leaves its ``__init__`` out, and ``lazy_bindings.js`` does the like in Node. Where a
package is laid out differently, and with ``TPA_TF_PLAIN_BINDINGS=1``, the import is the plain one; the output is the
same.

The Python half also checks every argument of every call against type hints that it evaluates anew each time, which is a
quarter of the time that a large cluster takes. That is left out: the Node half checks what it gets.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import types
import typing
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tpa_tf.errors import TpaTfError

PLAIN = "TPA_TF_PLAIN_BINDINGS"
"""Environment variable: any value but the empty one has the bindings imported the plain way."""

_CORE = "cdktf"
_AWS = "cdktf_cdktf_provider_aws"
_HOOK = Path(__file__).with_name("lazy_bindings.js")

MADE_FOR: Mapping[str, str] = {"cdktf": "0.21", "cdktf-cdktf-provider-aws": "20.1"}
"""The minor of each package that stacks are made with: another one may give other bytes."""
_DISTRIBUTIONS = {"@cdktf/provider-aws": "cdktf-cdktf-provider-aws"}
"""How pip calls what npm calls otherwise."""

# The bindings number what would clash in some language.
_CLASS_NAMES = {
    "aws_s3_bucket_server_side_encryption_configuration": "S3BucketServerSideEncryptionConfigurationA",
}

# What the caller's environment says to a CDKTF program is for main.py: the stacks depend on their configs alone.
_NOT_FOR_THE_KERNEL = ("CDKTF_", "SYNTH_HCL_OUTPUT")

_END = 0.5
"""Seconds within which a process that has closed its pipes ends."""
_ANSWER = 5
"""Seconds within which Node.js says its version."""
_PATIENCE = 60
"""Seconds within which Node.js is ready; it takes a fifth of one."""
_INSTALL = "install Node.js 20 or later, or name one with JSII_NODE"

# jsii prints a banner in stderr for each Node release that its own support has left behind, these among them.
_QUIET = {
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,22,24",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "20,22,24",
}


def start() -> None:
    """Start Node, which takes a fifth of a second to be ready, and return at once: :func:`core` waits for it.

    What goes wrong with that is for :func:`core` to say, if it is needed at all.
    """
    with contextlib.suppress(TpaTfError, ImportError, OSError), _environment(_kernel_environment(os.environ)):
        _kernel()


@functools.cache
def core() -> Any:
    """The cdktf package, with the Node kernel started and the AWS bindings ready to be imported.

    TpaTfError if Node.js or the packages are missing or broken, or if a package is of another minor than its own.
    """
    environment = _kernel_environment(os.environ)
    try:
        with _environment(environment):
            if kernel := _kernel():
                kernel.greet()
            package = importlib.import_module(_CORE)
            if os.environ.get(PLAIN) or not _stand_in():
                importlib.import_module(_AWS)
            importlib.import_module(f"{_AWS}._jsii")
    except ImportError as error:
        raise TpaTfError(f"the CDKTF packages are not installed completely: {error}; install tpa-tf again") from error
    except (OSError, ValueError, AssertionError) as error:
        # What jsii lets pass when Node ends, or says something else than it should.
        raise TpaTfError(f"CDKTF runs on Node.js, and {_what_is_wrong()}: {_INSTALL}") from error
    _leave_checks_to_node(package.App)
    return package


def have_ended() -> bool:
    """Whether the Node process, which ran, has been ended, so that whatever fails has failed for that."""
    process = getattr(_kernel(), "_process", None)
    if process is None:
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_END)
    return process.poll() is not None


def _node() -> str:
    return os.environ.get("JSII_NODE") or "node"


def _what_is_wrong() -> str:
    """Why the program that should be Node.js doesn't run CDKTF, as far as it says so itself."""
    found = shutil.which(_node()) or _node()
    command = [found, "--version"]
    try:
        said = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_ANSWER
        )
    except subprocess.TimeoutExpired:
        return f"{found} doesn't answer"
    except OSError as error:
        return f"{found} can't be run ({error.strerror})"
    if re.fullmatch(r"v\d+\.\d+\.\d+\S*\n", said.stdout) and not said.returncode:
        return f"{found} is Node.js {said.stdout.strip()}, which doesn't run it"
    words = (said.stderr or said.stdout).strip().splitlines()
    return f"{found} is not it (exit code {said.returncode}{f': {words[0][:200]}' if words else ''})"


@functools.cache
def _kernel() -> Any:
    """The process of jsii's that runs Node, just started, in the environment that it finds; jsii has but one.

    None if jsii is laid out differently: it starts Node with its first package then, and waits. TpaTfError if there is
    no Node.js, or if it would load other packages than stacks are made with.
    """
    if not shutil.which(_node()):
        raise TpaTfError(f"CDKTF runs on Node.js, and there is no {_node()} on the PATH: {_INSTALL}")
    _refuse_other_minors()
    jsii: Any = importlib.import_module("jsii._kernel.providers.process")
    plain = getattr(jsii, "_NodeProcess", None)
    if not all(hasattr(plain, name) for name in ("start", "stop", "handshake", "send", "_next_message")):
        return None

    class Kernel(plain):  # type: ignore[misc, valid-type]
        """Starts without waiting for Node's first word, and ends quietly where Node has ended already.

        What jsii will ask first, to load packages, can be asked ahead: the answers wait in the pipe.
        """

        _asked: tuple[Any, ...] = ()

        def ask(self, requests: Sequence[Any]) -> None:
            """Send requests of which the answers are read later."""
            for request in requests:
                self._process.stdin.write(f"{json.dumps(self._serializer.unstructure(request))}\n".encode())
                self._asked += (request,)
            self._process.stdin.flush()

        def send(self, request: Any, response_type: Any) -> Any:
            """Answer a request, which may have been sent ahead."""
            if not self._asked or request != self._asked[0]:
                for _ in self._asked:  # they were not what jsii asks
                    self._next_message()
                self._asked = ()
                return super().send(request, response_type)
            self._asked = self._asked[1:]
            stdin, self._process.stdin = self._process.stdin, io.BytesIO()
            try:
                return super().send(request, response_type)
            finally:
                self._process.stdin = stdin

        def handshake(self) -> None:
            """Wait for nothing yet."""

        def greet(self) -> None:
            """Wait for Node's first word, and check it. One that doesn't speak is ended, which the caller notices."""
            patience = threading.Timer(_PATIENCE, self._process.kill)
            patience.daemon = True
            patience.start()
            try:
                super().handshake()
            finally:
                patience.cancel()

        def stop(self) -> None:
            try:
                super().stop()
            except BrokenPipeError:
                super().stop()  # the rest of it: stdin counts as closed now

        def __del__(self) -> None:
            """Leave it to the end of the program."""

    try:
        jsii._NodeProcess = Kernel
        kernel = jsii.ProcessProvider()._process
    finally:
        jsii._NodeProcess = plain
    with contextlib.suppress(OSError):  # of a Node that has ended, which greet() will notice
        kernel.ask([jsii.LoadRequest(*package) for package in _packages()])
    return kernel


def _packages() -> Iterator[tuple[str, str, str]]:
    """Name, version and archive of the packages that jsii loads for us, in this order; none that can't be told."""
    for module, name in (("constructs", "constructs"), (_CORE, _CORE), (_AWS, "@cdktf/provider-aws")):
        spec = importlib.util.find_spec(module)
        places = spec.submodule_search_locations if spec else None
        archives = [archive for place in places or () for archive in Path(place, "_jsii").glob("*@*.jsii.tgz")]
        if len(archives) != 1:
            return
        yield name, archives[0].name.rpartition("@")[2].removesuffix(".jsii.tgz"), str(archives[0])


def _refuse_other_minors() -> None:
    """TpaTfError if a package is of another minor than ``MADE_FOR`` has it; one whose version can't be told passes."""
    for name, version, _ in _packages():
        package = _DISTRIBUTIONS.get(name, name)
        minor = MADE_FOR.get(package)
        if minor and not version.startswith(f"{minor}."):
            raise TpaTfError(
                f"{package} {version} is installed, which may give other stacks than {minor}, which tpa-tf is made "
                "for: install tpa-tf again"
            )


@functools.cache
def resource_class(kind: str) -> Any:
    """The construct class of a resource type: ``aws_vpc``."""
    return _class(kind.removeprefix("aws_"), _CLASS_NAMES.get(kind) or _camel(kind.removeprefix("aws_")))


@functools.cache
def data_class(kind: str) -> Any:
    """The construct class of the data source for ``kind``."""
    return _class(f"data_{kind}", _camel(f"data_{kind}"))


@functools.cache
def provider_class() -> Any:
    """The construct class of the AWS provider."""
    return _class("provider", "AwsProvider")


@functools.cache
def construct_class() -> Any:
    """The class of a construct that is but a scope for others."""
    core()
    return importlib.import_module("constructs").Construct


@functools.cache
def backend_class() -> Any:
    """A construct class for any backend: ``(stack, id, type, settings)``.

    CDKTF's own classes know neither every backend nor the later settings of those they know, and the one for
    ``cloud`` runs the terraform command.
    """

    class Backend(core().TerraformBackend):  # type: ignore[misc]
        def __init__(self, scope: Any, id: str, kind: str, settings: dict[str, Any]) -> None:
            super().__init__(scope, id, kind)
            self._block = {"cloud": settings} if kind == "cloud" else {"backend": {kind: settings}}

        def to_terraform(self) -> Any:
            return {"terraform": self._block}

        def get_remote_state_data_source(self, scope: Any, name: str, from_stack: str) -> Any:
            raise NotImplementedError("stacks of tpa-tf do not read each other's state")

    return Backend


def _class(module: str, name: str) -> Any:
    core()
    found = getattr(importlib.import_module(f"{_AWS}.{module}"), name)
    _leave_checks_to_node(found)
    return found


def _leave_checks_to_node(kind: Any) -> None:
    """Have the module of a class of the bindings check no arguments, unless it is to be plain."""
    if not os.environ.get(PLAIN):
        kind.__init__.__globals__.update(typing=_UNEVALUATED, check_type=_accept)


def _accept(**_: object) -> None:
    """Take any argument."""


_UNEVALUATED = types.ModuleType("typing")
"""The module typing, in which no hints are evaluated."""
_UNEVALUATED.__dict__.update(typing.__dict__)
_UNEVALUATED.__dict__["get_type_hints"] = lambda *_: defaultdict(type(None))


def _camel(snake: str) -> str:
    return "".join(word.capitalize() for word in snake.split("_"))


def _stand_in() -> bool:
    """Put a package of the same name and path in place of the AWS bindings; False if they are not laid out for it."""
    if _AWS in sys.modules:
        return True
    spec = importlib.util.find_spec(_AWS)
    if spec is None or not spec.submodule_search_locations:
        return False
    places = [Path(place) for place in spec.submodule_search_locations]
    if not all(any((place / part / "__init__.py").is_file() for place in places) for part in ("_jsii", "instance")):
        return False
    package = types.ModuleType(_AWS)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[_AWS] = package
    return True


def _kernel_environment(caller: Mapping[str, str]) -> dict[str, str]:
    """What the Node process gets: ``caller`` without what is meant for CDKTF programs, and with our hook.

    OSError if there is no directory for temporary files, which Node needs as Python does.
    """
    environment = {name: value for name, value in caller.items() if not name.startswith(_NOT_FOR_THE_KERNEL)}
    for name, value in _QUIET.items():
        environment.setdefault(name, value)
    if not caller.get(PLAIN) and _HOOK.is_file():
        path = str(_HOOK).replace("\\", "\\\\").replace('"', '\\"')
        environment["NODE_OPTIONS"] = f'{environment.get("NODE_OPTIONS", "")} --require "{path}"'.lstrip()
    environment["TMPDIR"] = tempfile.gettempdir()  # Node takes what TMPDIR says, whether it is there or not
    return environment


@contextlib.contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """``os.environ`` is ``wanted`` meanwhile: jsii takes no environment for the kernel that it starts."""
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(wanted)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
