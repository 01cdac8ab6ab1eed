"""What ``tpaexec provision`` made becomes Terraform's: found by tags, names and the config, and imported."""
