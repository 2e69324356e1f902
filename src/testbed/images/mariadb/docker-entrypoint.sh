#!/usr/bin/env bash
# Starts MariaDB as whoever the container runs as, who gets a data directory of their own at the first start, with the
# users, passwords and database that the environment names.
set -euo pipefail
case ${1:-} in
  -* | '') set -- mariadbd "$@" ;;
  mariadbd) ;;
  *) exec "$@" ;;
esac
[ "$(id -u)" != 0 ] || exec setpriv --reuid mysql --regid mysql --clear-groups "$0" "$@"

literal() { local text=${1//\\/\\\\}; printf "'%s'" "${text//\'/\'\'}"; }
name() { printf '`%s`' "${1//\`/\`\`}"; }

data=/var/lib/mysql
if [ ! -d "$data/mysql" ]; then
  root=${MARIADB_ROOT_PASSWORD:?must be set, to the password of root}
  cp -r /usr/share/mysql/new/. "$data"
  {
    echo "FLUSH PRIVILEGES;" # not read so far
    echo "ALTER USER root@localhost IDENTIFIED BY $(literal "$root");"
    echo "DROP USER root@'127.0.0.1', root@'::1';"
    echo "CREATE USER root@'%' IDENTIFIED BY $(literal "$root");"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    [ -z "${MARIADB_DATABASE:-}" ] || echo "CREATE DATABASE $(name "$MARIADB_DATABASE");"
    if [ -n "${MARIADB_USER:-}" ]; then
      echo "CREATE USER $(literal "$MARIADB_USER")@'%' IDENTIFIED BY $(literal "${MARIADB_PASSWORD:?must be set, to the password of MARIADB_USER}");"
      [ -z "${MARIADB_DATABASE:-}" ] || echo "GRANT ALL ON $(name "$MARIADB_DATABASE").* TO $(literal "$MARIADB_USER")@'%';"
    fi
  } | mariadbd --bootstrap >&2
fi
exec "$@"
