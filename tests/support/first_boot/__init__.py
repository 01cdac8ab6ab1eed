"""A Debian without an EC2 around it, in which the first-boot script runs for real."""
