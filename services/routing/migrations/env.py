"""Runs the migrations of routing; started by the service itself."""

from linli.chassis.database import run_env
from routing.tables import metadata

run_env(metadata)
