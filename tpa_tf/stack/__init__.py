"""From the resolved cluster to Terraform JSON through CDKTF: one construct module a topic."""
