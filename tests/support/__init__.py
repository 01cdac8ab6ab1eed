"""What several tests need: an emulated AWS, terraform with a shared provider, and the comparison of states."""
