"""The guard by which tpaexec provisions nothing: what it reads as the hash of the config that it provisioned last.

TPA compares that hash with config.yml's before it does anything else, and leaves out provisioning where they agree
(platforms/load-config.yml and platforms/provision.yml). Ansible works out the value when TPA asks for it, so a template
in its place is asked first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_REFUSALS = {
    "edited": "config.yml is not what it was at the last tpa-tf inventory. Run tpa-tf synth, terraform plan, "
    "terraform apply and tpa-tf inventory, then this again",
    "forced": "leave out --force-reprovision: tpa-tf synth and terraform apply make what config.yml says",
    "deprovision": "tpaexec deprovision would delete the volumes that Terraform protects, with the keys and the vault. "
    "Destroy the cluster with terraform plan -destroy and terraform apply",
}
_IS_DEPROVISION = "'deprovision' in ansible_play_name | default('') | lower"
_IS_FORCED = "force_reprovision | default(false)"
# Without a value, `mandatory` raises; what is merely undefined would be taken for a cluster that has no hash yet.
_CURRENT = "lookup('file', config_file | mandatory) | hash('sha256')"


def variables(config_hash: str, hashes: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of the hashes file: ``config_hash`` as the last one provisioned, and ``hashes`` beside it.

    The hash is a template that gives it while config.yml has it, and otherwise fails and says what to do. It also fails
    when TPA is told to provision whatever the hash (``--force-reprovision``), and in ``tpaexec deprovision``, which
    reads the same file. The texts are variables of their own, for Ansible shows a template that fails as a whole.
    """
    refused = (
        f"{{{{ 'deprovision' if {_IS_DEPROVISION} else 'forced' if {_IS_FORCED} "
        f"else '' if {_CURRENT} == '{config_hash}' else 'edited' }}}}"
    )
    guarded = (
        f"{{{{ '{config_hash}' if tpa_tf_refused | mandatory == '' "
        "else tpa_tf_undefined | mandatory(tpa_tf_refusals[tpa_tf_refused]) }}"
    )
    return {
        "config_hashes": {**hashes, "last_provisioned": guarded},
        "tpa_tf_refused": refused,
        "tpa_tf_refusals": {
            why: f"Nothing is provisioned, for Terraform does that here: {text}." for why, text in _REFUSALS.items()
        },
    }


def config_hash(last_provisioned: object) -> str | None:
    """The hash of config.yml that is in ``last_provisioned``, our template or TPA's plain value; None if none is."""
    found = re.search(r"\b[0-9a-f]{64}\b", last_provisioned) if isinstance(last_provisioned, str) else None
    return found.group() if found else None
