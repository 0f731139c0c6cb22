"""What can be done: one function per command, each within the caller's transaction."""
