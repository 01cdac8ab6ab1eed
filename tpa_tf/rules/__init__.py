"""Every rule of a config.yml as an object."""
