"""Measurements of the suite, each against its limit in the same run."""
