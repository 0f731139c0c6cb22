"""Routing: settles each case at the lowest level with the authority, with a named person and a deadline."""
