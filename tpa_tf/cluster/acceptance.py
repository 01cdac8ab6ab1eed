"""Which findings a config accepts, and for what reason (``terraform: accept:``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tpa_tf.cluster.merge import MergedInstance
from tpa_tf.config.findings import Acceptance, Report, Severity
from tpa_tf.config.spelling import suggestion
from tpa_tf.config.terraform_section import Acceptable
from tpa_tf.config.values import normalised_name
from tpa_tf.rules.terraform import IDLE_ACCEPTANCE, INVALID_ACCEPTANCE


def accept(accepted: Mapping[str, Acceptable], merged: Iterable[MergedInstance], report: Report) -> None:
    """Have ``report`` leave out what is accepted, after reporting what can't be."""
    if not accepted:
        return
    from tpa_tf.rules.catalog import RULES

    instances = {each.name: each.path for each in merged}
    for id, reasons in accepted.items():
        path = ("terraform", "accept", id)
        if id not in RULES:
            guess = suggestion(id, RULES)
            help = f"did you mean {guess}?" if guess else "write the id of a rule: tpa-tf rules lists them"
            report.add(INVALID_ACCEPTANCE, path, f"there is no rule {id}", help, on_key=True)
        elif RULES[id].severity is Severity.ERROR:
            help = f"correct what it says: tpa-tf rules {id}"
            report.add(INVALID_ACCEPTANCE, path, f"{id} is an error, and can't be accepted", help, on_key=True)
        elif isinstance(reasons, str):
            report.accept(Acceptance(id, reasons, path))
        else:
            for name, reason in reasons.items():
                within = instances.get(normalised_name(name))
                if within:
                    report.accept(Acceptance(id, reason, (*path, name), within))
                else:
                    help = f"write one of {', '.join(instances)}"
                    report.add(INVALID_ACCEPTANCE, (*path, name), f"there is no instance {name}", help, on_key=True)


def check_idle(report: Report) -> None:
    """Report what is accepted and isn't there: whoever reads the config would take it for true."""
    idle = report.idle
    if not idle:
        return
    from tpa_tf.rules.catalog import TOLD_BY_CHECK

    for each in idle:
        if each.rule in TOLD_BY_CHECK:
            where = f" in {each.path[-1]}" if each.within else ""
            message, help = f"nothing breaks {each.rule}{where}, which is accepted", "remove it from accept"
            if each.within and any(finding.rule == each.rule for finding in report.findings):
                message = f"{each.rule} is accepted{where}, and what breaks it is written elsewhere"
                help = (
                    "accept it for the whole cluster where defaults or a location have it; else remove it from accept"
                )
            report.add(IDLE_ACCEPTANCE, each.path, message, help, on_key=True)
