"""Translate the config.yml of a TPA cluster into Terraform JSON."""
