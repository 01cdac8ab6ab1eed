"""Asks AWS what exists of the things that a config refers to (``tpa-tf lookup``); the only place that calls AWS."""
