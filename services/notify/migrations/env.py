"""Runs the migrations of notify; started by the service itself."""

from linli.chassis.database import run_env
from notify.tables import metadata

run_env(metadata)
