"""Runs the migrations of volunteer; started by the service itself."""

from volunteer.tables import metadata

from linli.chassis.database import run_env

run_env(metadata)
