"""Runs the migrations of volunteer; started by the service itself."""

from linli.chassis.database import run_env
from volunteer.tables import metadata

run_env(metadata)
