"""A year of invented demand, decided and handled as routing would: what a change of grid or catalogue would do."""
