# Copies a sealed generation and its layers from another volume to this one, where no daemon is yet. May be cut short and
# begun again: a layer or generation is complete once it has its name. Needs coreutils: directories of layers have
# attributes that busybox would lose. Whatever goes wrong, the daemon finds the generation or begins with nothing.
set -u
FROM=/var/lib/hearth/volumes/from
OWN=/var/lib/hearth/volumes/own
sealed=$FROM/generations/$SEED_GENERATION

copy() { # FROM TO
  [ -d "$2" ] && return 0
  whole=${2%/*}/.${2##*/}
  rm -rf "$whole"
  timeout "$SEED_WITHIN" cp -a --reflink=auto "$1" "$whole" && mv "$whole" "$2"
}

[ "$(cat "$OWN/seeded" 2>/dev/null)" != "$SEED_ID" ] || exit 0
if [ "$(cat "$OWN/copying" 2>/dev/null)" != "$SEED_ID" ]; then
  rm -rf "$OWN/layers" "$OWN/generations"
  mkdir -p "$OWN/layers" "$OWN/generations"
  printf %s "$SEED_ID" >"$OWN/copying"
fi
while read -r _ layer; do
  copy "$FROM/layers/$layer" "$OWN/layers/$layer" || { echo "cannot copy layer $layer"; exit 0; }
done <"$sealed/chain"
copy "$sealed" "$OWN/generations/$SEED_GENERATION" && sync -f "$OWN/generations" && rm -f "$OWN/copying"
