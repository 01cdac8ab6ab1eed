"""From the resolved cluster to a Terraform stack in memory: one module a topic."""
