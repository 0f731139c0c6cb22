"""Intake: takes in what residents and grid workers report, and shows its progress."""
