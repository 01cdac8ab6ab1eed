"""What AWS and TPA allow, as tables, each with its source."""
