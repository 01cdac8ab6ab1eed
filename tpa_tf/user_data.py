"""The first-boot script of an instance (design D12), which EC2 calls its user-data."""

from __future__ import annotations

import functools
import gzip
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tpa_tf import templates
from tpa_tf.cluster.model import Cluster, Instance, UserData, VolumeKind

USER_DATA_LIMIT = 16 * 1024
"""Bytes of user-data that EC2 takes, before base64 (EC2 User Guide, "Run commands when you launch an instance")."""

# What Terraform puts into the script is at most this long: a bucket's name and region, and an RSA key of 4,096 bits.
_LONGEST_BUCKET = "b" * 63
_LONGEST_REGION = "ap-southeast-1"
_LONGEST_KEY = "k" * 800
# Terraform's gzip is Go's, which makes up to half a percent more of such text than Python's.
_OTHER_GZIP = 1.02

_OWN_PART = 12 * 1024
"""Bytes that a script has at most beside the texts of its config; a test holds it."""

_HERE_DOCUMENT_END = "TPA_TF"
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEVICE_NAME = re.compile(r"(?:/dev/)?((?:sd|xvd|hd)[a-z]{1,2}[0-9]{0,3})")
_DOUBLE_QUOTED = re.compile(
    r"""
      (?P<kept> \\[\\"$`] | \$[A-Za-z_][A-Za-z0-9_]* | \$\{[A-Za-z_][A-Za-z0-9_]*\} )
    | (?P<special> [\\"$`] )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class UserDataSize:
    """How long the first-boot script of an instance can become, in bytes as EC2 counts them."""

    instance: str
    script: bytes = field(repr=False)
    parts: Mapping[str, int]
    """What of ``plain`` each key of the config takes; the rest is tpa-tf's own."""

    @property
    def plain(self) -> int:
        """As it is."""
        return len(self.script)

    @property
    def compressed(self) -> int:
        """As gzip makes it, a little more than Terraform's will."""
        return math.ceil(len(gzip.compress(self.script, mtime=0)) * _OTHER_GZIP)

    @property
    def is_compressed(self) -> bool:
        """Whether EC2 gets it as gzip, which cloud-init takes in the place of any user-data."""
        return self.plain > USER_DATA_LIMIT

    @property
    def fits(self) -> bool:
        """Whether EC2 takes it in one way or the other."""
        return not self.is_compressed or self.compressed <= USER_DATA_LIMIT

    def __str__(self) -> str:
        own = self.plain - sum(self.parts.values())
        parts = [f"{key} {size:,}" for key, size in self.parts.items() if size]
        return (
            f"the first-boot script of {self.instance} is {self.plain:,} bytes long ({', '.join(parts)}, "
            f"tpa-tf's own part {own:,}) and {self.compressed:,} as gzip; EC2 takes at most {USER_DATA_LIMIT:,}"
        )


def render_user_data(
    cluster: Cluster, instance: Instance, *, bucket: str, bucket_region: str, authorized_key: str | None
) -> str:
    """The first-boot script of ``instance``: a bash script for every distribution that TPA supports.

    ``bucket`` (its name), ``bucket_region`` and ``authorized_key`` (a public key, for ``install_authorized_key``) may
    be stand-ins for what Terraform knows only later: each is in the script once at most, unchanged. Name and key are on
    lines of their own where any text of one line can take their place without quoting; the region is a word of a
    command, where a region's name needs none. ``pre_user_data`` and ``extra_user_data`` are there as they are
    written. The text holds ``${`` of the shell's, which Terraform would take for its own if it were not escaped.

    ValueError for what no script could hold: a value of several lines for ``bucket`` or ``authorized_key``, more than
    one word for ``bucket_region``, none for a key that the config wants, a name in ``user_data_environment`` that is
    not a shell variable's, a NUL, a device name or ``ephemeralN`` that EC2 does not know.
    """
    settings = cluster.user_data
    if settings.install_authorized_key and authorized_key is None:
        raise ValueError("install_authorized_key needs a public key to install")
    key = authorized_key if settings.install_authorized_key else None
    return _script(
        cluster_name=cluster.name,
        bucket=_one_line("bucket", bucket),
        bucket_region=_word("bucket_region", bucket_region),
        authorized_key=None if key is None else _one_line("authorized_key", key),
        pre_user_data=_whole_lines(settings.pre_user_data),
        extra_user_data=_whole_lines(settings.extra_user_data),
        exports=_exports(settings),
        user_locale=settings.user_locale,
        ephemeral=_ephemeral_names(instance),
        root_login=instance.ssh_user == "root",
        ssh_port=settings.ssh_port,
    )


@functools.lru_cache(maxsize=256)
def _script(**values: object) -> str:
    """The template with ``values``, which are the same for most instances of a cluster."""
    return templates.render("user-data/main.sh.j2", **values)


def is_surely_plain(cluster: Cluster) -> bool:
    """Whether no script of the cluster can be more than EC2 takes, as the length of the config's own texts tells.

    To render a script takes longer than all the rest of a check.
    """
    return _OWN_PART + sum(_parts(cluster.user_data).values()) <= USER_DATA_LIMIT


def measure_user_data(cluster: Cluster, instance: Instance) -> UserDataSize:
    """The size of the first-boot script of ``instance`` with the longest values that Terraform may put into it."""
    region = cluster.bucket.region if cluster.bucket.region_is_known else _LONGEST_REGION
    script = render_user_data(
        cluster, instance, bucket=_LONGEST_BUCKET, bucket_region=region, authorized_key=_LONGEST_KEY
    ).encode()
    return UserDataSize(instance.name, script, _parts(cluster.user_data))


def _parts(settings: UserData) -> Mapping[str, int]:
    """Bytes of the texts that keys of the config put into a script."""
    texts = {
        "pre_user_data": _whole_lines(settings.pre_user_data),
        "extra_user_data": _whole_lines(settings.extra_user_data),
        "user_data_environment": "".join(f"export {name}={value}\n" for name, value in _exports(settings)),
    }
    return {key: len(text.encode()) for key, text in texts.items()}


def double_quoted(value: str) -> str:
    r"""``value`` for an assignment of the shell, in double quotes as TPA writes ``user_data_environment``.

    ``$NAME`` and ``${NAME}`` are expanded on the instance, and a backslash takes that meaning from them, as in TPA. All
    else stands for itself, so that no value can end the quotes or run a command: ``"``, `` ` ``, ``$(…)``, and a
    backslash before anything that needs none. ValueError for a NUL, which no environment can hold.
    """
    if "\0" in value:
        raise ValueError("an environment variable cannot hold a NUL character")
    escaped = _DOUBLE_QUOTED.sub(lambda match: match["kept"] or "\\" + match["special"], value)
    return f'"{escaped}"'


def _exports(settings: UserData) -> tuple[tuple[str, str], ...]:
    return tuple((_variable(name), double_quoted(value)) for name, value in settings.environment.items())


def _variable(name: str) -> str:
    if not _VARIABLE_NAME.fullmatch(name):
        raise ValueError(f"user_data_environment: {name!r} is no name of a shell variable (letters, digits and _)")
    return name


def _one_line(what: str, text: str) -> str:
    if text.splitlines() != [text] or text == _HERE_DOCUMENT_END or "\0" in text:
        raise ValueError(f"{what} must be one line of text, not {text!r}")
    return text


def _word(what: str, text: str) -> str:
    if not re.fullmatch(r"[a-z0-9@-]+", text):
        raise ValueError(f"{what} must be a word of the shell that needs no quotes, not {text!r}")
    return text


def _whole_lines(text: str | None) -> str:
    if not text:
        return ""
    return text if text.endswith("\n") else f"{text}\n"


def _ephemeral_names(instance: Instance) -> tuple[tuple[int, str], ...]:
    """Number and name (without ``/dev/``) of each instance-store volume that the config names, by number."""
    names: list[tuple[int, str]] = []
    for volume in instance.volumes:
        if volume.kind is VolumeKind.EPHEMERAL:
            number = re.fullmatch(r"ephemeral([0-9]+)", volume.virtual_name or "")
            name = _DEVICE_NAME.fullmatch(volume.device_name)
            if not number or not name:
                raise ValueError(
                    f"{instance.name}: no instance-store volume is {volume.virtual_name} on {volume.device_name}"
                )
            names.append((int(number[1]), name[1]))
    return tuple(sorted(names))
