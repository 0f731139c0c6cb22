"""Matching problems in a plain format, solved from the command line."""
