# Copies a sealed generation and its layers from another volume to this one, where no daemon is yet. May be cut short and
# begun again: a layer or generation is complete once it has its name. Needs coreutils: directories of layers have
# attributes that busybox would lose. Whatever goes wrong, the daemon finds the generation or begins with nothing.
set -u
VOLUMES=/var/lib/hearth/volumes
OWN=$VOLUMES/$CLAIM
FROM=$VOLUMES/$SEED_FROM
TO=$OWN/volumes/$SEED_FROM
deadline=$(($(date +%s) + SEED_WITHIN))

copy() { # FROM TO
  [ ! -d "$2" ] || return 0
  whole=${2%/*}/.${2##*/}
  rm -rf "$whole"
  timeout "$((deadline - $(date +%s)))" cp -a --reflink=auto "$1" "$whole" && mv "$whole" "$2"
}

[ "$(cat "$OWN/seeded" 2>/dev/null)" != "$SEED_ID" ] || exit 0
mkdir -p "$TO/layers" "$TO/generations"
chown --reference="$OWN" "$OWN/volumes" "$TO" "$TO/layers" "$TO/generations" # the daemon's user may not be root
while read -r _ layer; do
  copy "$FROM/layers/$layer" "$TO/layers/$layer" || { echo "cannot copy layer $layer"; exit 0; }
done <"$FROM/generations/$SEED_GENERATION/layers"
# Without a cache directory that was exported with it.
generation=$TO/generations/.$SEED_GENERATION
rm -rf "$generation" && mkdir "$generation"
chown --reference="$FROM/generations/$SEED_GENERATION" "$generation"
for part in root chain layers; do cp -a "$FROM/generations/$SEED_GENERATION/$part" "$generation/" || exit 0; done
rm -rf "$TO/generations/$SEED_GENERATION" && mv "$generation" "$TO/generations/$SEED_GENERATION" && sync -f "$TO"
