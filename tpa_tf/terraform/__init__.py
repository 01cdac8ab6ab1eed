"""Terraform's own notions, in memory: expressions, blocks, a stack of them, and what each resource type is."""
