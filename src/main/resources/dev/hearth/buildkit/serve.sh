# Serves one bare repository, to read, to those who share this network namespace.
#   serve REPOSITORY ADDRESS PORT
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent
git daemon --listen="$2" --port="$3" --reuseaddr --export-all --strict-paths --base-path="${1%/*}" "$1" &
trap 'exit 0' TERM # a shell that is the first process would not hear of it
wait $!
