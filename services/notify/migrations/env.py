"""Runs the migrations of notify; started by the service itself."""

from notify.tables import metadata

from linli.chassis.database import run_env

run_env(metadata)
