#!/usr/bin/env bash
# Starts PostgreSQL as whoever the container runs as, who gets a data directory of their own at the first start, with the
# user, password and database that the environment names.
set -euo pipefail
case ${1:-} in
  -* | '') set -- postgres "$@" ;;
  postgres) ;;
  *) exec "$@" ;;
esac
[ "$(id -u)" != 0 ] || exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=${POSTGRES_PASSWORD:?must be set, to the password of the superuser}
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  mkdir -p "$PGDATA"
  cp -r /usr/share/postgresql/new/. "$PGDATA"
  chmod -R go= "$PGDATA"
  pg_ctl --wait --silent --options "-c listen_addresses=''" start
  psql --username postgres --no-password --set ON_ERROR_STOP=1 --set user="$user" --set password="$password" \
    --set database="$database" --quiet <<'SQL'
SELECT format('CREATE ROLE %I SUPERUSER LOGIN', :'user') WHERE :'user' <> 'postgres' \gexec
ALTER ROLE :"user" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user') WHERE :'database' <> 'postgres' \gexec
SQL
  pg_ctl --wait --silent --mode fast stop
fi
exec "$@"
