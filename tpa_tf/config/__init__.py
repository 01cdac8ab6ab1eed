"""From the text of a config.yml to a checked document: positions, schema, findings."""

CONFIG_NAME = "config.yml"
"""The config of a cluster directory."""
