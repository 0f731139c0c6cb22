"""Runs the migrations of routing; started by the service itself."""

from routing.tables import metadata

from linli.chassis.database import run_env

run_env(metadata)
