"""The read side of volunteer."""
