"""A PostgreSQL server out of a wheel, for one machine: nothing to install, data kept in a folder."""

from linli.embedded.programs import EmbeddedPostgresError as EmbeddedPostgresError
from linli.embedded.server import embedded_postgres as embedded_postgres
from linli.embedded.server import server_pid as server_pid
