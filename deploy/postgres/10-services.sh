#!/usr/bin/env bash
# Runs once, when PostgreSQL makes its data folder: a database and a role for each service, closed to the others.
set -euo pipefail

sql() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }

for service in intake routing volunteer notify; do
  variable=${service^^}_DATABASE_PASSWORD
  export SERVICE_PASSWORD=${!variable:?}
  # \getenv: a password among psql's arguments could be read in the list of processes.
  sql --set service="$service" <<'SQL'
\getenv password SERVICE_PASSWORD
create role :"service" login password :'password';
-- Not what the image happens to be set to: some languages of the suite need more than ASCII.
create database :"service" owner :"service" template template0 encoding 'UTF8' locale 'C.UTF-8';
revoke all on database :"service" from public;
SQL
done

sql <<'SQL'
revoke all on database postgres from public;
revoke all on database template1 from public;
SQL
