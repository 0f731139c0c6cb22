"""The Linli suite in one process."""
