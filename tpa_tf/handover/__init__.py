"""From ``terraform apply`` to ``tpaexec deploy``: writes what TPA's provisioning leaves in the cluster directory."""
