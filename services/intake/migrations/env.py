"""Runs the migrations of intake; started by the service itself."""

from intake.tables import metadata
from linli.chassis.database import run_env

run_env(metadata)
