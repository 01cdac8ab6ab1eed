"""Terraform as data: blocks, and what a resource type is. Knows nothing of clusters (design D18)."""
