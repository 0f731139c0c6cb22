"""The `linli` command: watching events, importing files, making tokens."""

from linli.cli.main import main as main
