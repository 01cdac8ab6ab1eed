"""From the text of a config.yml to a checked document: positions, schema, findings."""
