# Runs one BuildKit daemon on a cache volume: brings the volume to the state that was decided, starts the daemon, and
# after a run that went well seals what it left. Needs only what is in BuildKit's own image (busybox at worst).
#
# A volume, below $OWN:
#   root/           BuildKit's state. Its databases are here; a snapshot or blob that was sealed, here or in another
#                   volume, is a link into the view
#   chain           the layers that the view shows, newest first, as "volume layer"; this volume is called own
#   upper/ work/    what the daemon changed in the view since
#   layers/N/       sealed snapshots/ and blobs/: written once, then read by anybody who may mount the volume
#   generations/N/  a sealed state: root/ (databases and links), chain; a folder is complete or has a dot in its name
#   seeded          which seed root came from, written last; anything else means that root is not to be used
#   sealing         number of a layer that is being made
#   trash/          to be removed
# Snapshots and blobs never change once made. What can change (cache mounts, git mirrors) lies in snapshots too, so the
# view is an overlay: nobody who reads a layer ever sees it change, and nothing is copied to seal it.
set -u
umask 022
VOLUMES=/var/lib/hearth/volumes
VIEW=/var/lib/hearth/view
OWN=$VOLUMES/own
SNAPSHOTS=runc-overlayfs/snapshots/snapshots
BLOBS=runc-overlayfs/content/blobs/sha256
SOCKETS=/run/buildkit
REPORT=/dev/termination-log
note=

say() { echo "hearth: $*"; }
hundredths() { read -r up _ </proc/uptime; echo "${up%.*}${up#*.}"; }
discard() { # what is given, at once; its content in time
  mkdir -p "$OWN/trash/$$"
  for path; do
    [ ! -e "$path" ] || mv "$path" "$OWN/trash/$$/$(basename "$path").$(hundredths).$#" || exit 1
    shift
  done
}
below() { find "$1" -mindepth 1 -maxdepth 1 -name '[!.]*' "$2" "$3" 2>/dev/null | sed 's,.*/,,'; } # names, by type

# --- The state to start from -----------------------------------------------------------------------------------------

wipe() {
  rm -f "$OWN/seeded"
  discard "$OWN/root" "$OWN/upper" "$OWN/work" "$OWN/chain" "$OWN/sealing" "$OWN/exporting"
}

take() { # VOLUME GENERATION: root and chain of a sealed state, seen from here
  from=$VOLUMES/$1/generations/$2
  [ -s "$from/chain" ] && [ -s "$from/root/runc-overlayfs/snapshots/metadata.db" ] || return 1
  cp -a "$from/root" "$OWN/.root" && sed "s/^own /$1 /" "$from/chain" >"$OWN/chain" && mv "$OWN/.root" "$OWN/root"
}

seed() {
  [ "$(cat "$OWN/seeded" 2>/dev/null)" != "$SEED_ID" ] || return 0
  began=$(hundredths)
  wipe
  # Others may read what a trusted volume has sealed; elsewhere only what was copied to start from is of use.
  case $SEAL$SEED_MODE in Overlay | Cold) discard "$OWN/layers" "$OWN/generations" ;; esac
  mode=$SEED_MODE
  case $SEED_MODE in
  Overlay) take "$SEED_FROM" "$SEED_GENERATION" || mode=Cold ;;
  Restore) take own "$SEED_GENERATION" || mode=Cold ;;
  esac
  if [ "$mode" != "$SEED_MODE" ]; then
    note="generation $SEED_GENERATION cannot be read"
    wipe
  fi
  mkdir -p "$OWN/root" "$OWN/layers" "$OWN/generations"
  printf %s "$SEED_ID" >"$OWN/seeded"
  seeded="\"mode\":\"$mode\",\"millis\":$((($(hundredths) - began) * 10))"
}

links() { # LAYER-FOLDER: a link for each of its snapshots and blobs that root has none of
  for kind in snapshots blobs; do
    case $kind in snapshots) into=$OWN/root/$SNAPSHOTS ;; blobs) into=$OWN/root/$BLOBS ;; esac
    [ -d "$into" ] || continue
    for name in $(below "$1/$kind" -name '*'); do
      [ -e "$into/$name" ] || [ -L "$into/$name" ] || echo "$VIEW/$kind/$name"
    done | xargs -r sh -c 'ln -s "$@" "$0"' "$into/"
  done
}

repair() { # a seal that was cut short is taken to where root and layers agree again
  [ -f "$OWN/sealing" ] || return 0
  layer=$(cat "$OWN/sealing")
  say "finishes layer $layer, whose sealing was cut short"
  links "$OWN/upper"
  links "$OWN/layers/$layer"
  settle "$layer"
  rm -f "$OWN/sealing"
}

# --- Sealing ---------------------------------------------------------------------------------------------------------

settle() { # LAYER: upper becomes that layer; may be repeated from any point
  layer=$1
  if [ ! -d "$OWN/layers/$layer" ]; then
    mkdir -p "$OWN/upper" && mv "$OWN/upper" "$OWN/layers/$layer" || exit 1
  fi
  discard "$OWN/work"
  [ "$(head -n 1 "$OWN/chain" 2>/dev/null)" = "own $layer" ] || {
    { echo "own $layer"; cat "$OWN/chain" 2>/dev/null; } >"$OWN/.chain"
    mv "$OWN/.chain" "$OWN/chain"
  }
}

measure() { du -sk "$OWN/layers/$1" | cut -f 1 >"$OWN/layers/$1/kib"; }

gather() { # FOLDER KIND TYPE: what root holds itself moves into upper
  mkdir -p "$OWN/upper/$2"
  below "$OWN/root/$1" -type "$3" >/tmp/gathered
  (cd "$OWN/root/$1" && xargs -r sh -c 'mv "$@" "$0"' "$OWN/upper/$2/") </tmp/gathered || exit 1
  sed "s,^,$VIEW/$2/," /tmp/gathered | xargs -r sh -c 'ln -s "$@" "$0"' "$OWN/root/$1/"
}

known_layout() { # one that this script has been tried with
  for entry in $(ls -A "$OWN/root" "$OWN/root/runc-overlayfs" | grep -v ':$'); do
    case $entry in
    buildkitd.lock | cache.db | history.db | history_c8d.db | runc-overlayfs) ;;
    cachemounts | containerdmeta.db | content | executor | metadata_v2.db | snapshots | workerid) ;;
    *) note="the folder $entry in BuildKit's root is unknown: this version of BuildKit needs another Hearth" && return 1 ;;
    esac
  done
}

seal() {
  began=$(hundredths)
  known_layout || return 1
  # What the daemon had begun and will not go on with.
  discard "$OWN/root/$SNAPSHOTS"/rm-* "$OWN/root/$SNAPSHOTS"/new-* "$OWN/root/runc-overlayfs/content/ingest"
  layer=$(($( (below "$OWN/layers" -type d; echo 0) | sort -n | tail -n 1) + 1))
  echo "$layer" >"$OWN/sealing"
  gather "$SNAPSHOTS" snapshots d
  gather "$BLOBS" blobs f
  settle "$layer"
  generation=$OWN/generations/.$SEAL
  rm -rf "$generation"
  mkdir -p "$generation"
  cp -a "$OWN/root" "$generation/root"
  rm -rf "$generation/root/buildkitd.lock" "$generation/root/history.db" "$generation/root/runc-overlayfs/executor"
  cp "$OWN/chain" "$generation/chain"
  [ ! -d "$OWN/exporting" ] || mv "$OWN/exporting" "$generation/export"
  measure "$layer"
  cp "$OWN/layers/$layer/kib" "$generation/kib"
  sync -f "$generation/chain" 2>/dev/null || sync # BuildKit does not sync its databases
  discard "$OWN/generations/$SEAL"
  mv "$generation" "$OWN/generations/$SEAL"
  rm -f "$OWN/sealing"
  volumes=$(cut -d ' ' -f 1 "$OWN/chain" | sort -u | sed 's/.*/"&"/' | tr '\n' ,)
  sealed="\"generation\":$SEAL,\"kib\":$(cat "$OWN/generations/$SEAL/kib"),\"layers\":$(wc -l <"$OWN/chain")"
  sealed="$sealed,\"volumes\":[${volumes%,}],\"millis\":$((($(hundredths) - began) * 10))"
}

sweep() { # generations that are not to be kept, layers that none names, and in the others what none links to
  for number in $(below "$OWN/generations" -type d); do
    case " $KEEP $SEAL " in
    *" $number "*) ;;
    *) [ "$number" -ge "$SEAL" ] || discard "$OWN/generations/$number" ;;
    esac
  done
  cat "$OWN/chain" "$OWN"/generations/*/chain 2>/dev/null | sed -n 's/^own //p' | sort -u >/tmp/named
  for folder in "$OWN/root" "$OWN"/generations/*/root; do
    for kind in $SNAPSHOTS $BLOBS; do find "$folder/$kind" -mindepth 1 -maxdepth 1; done
  done 2>/dev/null | sed 's,.*/,,' | sort -u >/tmp/linked
  for layer in $(below "$OWN/layers" -type d); do
    grep -qx "$layer" /tmp/named || { discard "$OWN/layers/$layer"; continue; }
    for kind in snapshots blobs; do
      below "$OWN/layers/$layer/$kind" -name '*' | sort | comm -23 - /tmp/linked | sed "s,^,$OWN/layers/$layer/$kind/,"
    done >/tmp/unlinked
    [ ! -s /tmp/unlinked ] || { discard $(cat /tmp/unlinked) && measure "$layer"; }
  done
}

# --- The daemon ------------------------------------------------------------------------------------------------------

options() { # of the view's mount, whose layers are other volumes' or sealed
  lower=
  while read -r volume layer; do
    [ -d "$VOLUMES/$volume/layers/$layer" ] || return 1
    lower=$lower:$VOLUMES/$volume/layers/$layer
  done <"$OWN/chain"
  mkdir -p "$OWN/upper" "$OWN/work"
  # userxattr in any namespace, so that a layer means the same in each.
  echo "userxattr,lowerdir=${lower#:},upperdir=$OWN/upper,workdir=$OWN/work"
}

start() { # in a user namespace inside the pod's: there the kernel keeps read-only mounts read-only, whatever runs
  mkdir -p "$VIEW"
  printf %s "$BUILDKITD_TOML" >/tmp/buildkitd.toml
  printf '{"note":"%s"}' "$note" >$SOCKETS/state
  run='[ -z "$1" ] || mount -t overlay overlay -o "$1" "$2" || exit 70; shift 2; exec "$@"'
  set -- sh -c "$run" daemon "$1" "$VIEW" \
    buildkitd --config=/tmp/buildkitd.toml --root="$OWN/root" --addr=unix://$SOCKETS/buildkitd.sock
  if [ "$NESTED" = false ]; then
    "$@" &
    daemon=$!
    return
  fi
  mkfifo /tmp/entered /tmp/mapped
  unshare -U -m sh -c 'echo >/tmp/entered; read -r _ </tmp/mapped; exec "$@"' nested "$@" &
  daemon=$!
  read -r _ </tmp/entered
  read -r _ _ size </proc/self/uid_map
  echo "0 0 $size" >"/proc/$daemon/uid_map"
  echo "0 0 $size" >"/proc/$daemon/gid_map"
  echo >/tmp/mapped
}

succeeded() { # every solve of the pod said so
  for step in $SEAL_STEPS; do [ -f "$SOCKETS/done/$step" ] || return 1; done
}

report() {
  used=0
  for kib in $(du -sk "$OWN/root" "$OWN/upper" 2>/dev/null | cut -f 1) $(cat "$OWN"/layers/*/kib 2>/dev/null); do
    used=$((used + kib))
  done
  printf '{"seed":{%s},"sealed":{%s},"usedKib":%s,"note":"%s"}' "${seeded-}" "${sealed-}" "$used" "$note" >"$REPORT"
}

mkdir -p "$OWN" && cd "$OWN" || exit 1
exec 9>"$OWN/lock"
flock -n 9 || { echo "another daemon is on this volume" | tee "$REPORT"; exit 75; }
rm -rf "$OWN/.root" "$OWN/.chain" "$OWN"/generations/.[0-9]*
seed
repair
view=
if [ -s "$OWN/chain" ]; then
  view=$(options) || {
    wipe
    mkdir -p "$OWN/root"
    printf %s "$SEED_ID" >"$OWN/seeded"
    note="a layer that this state was made from is gone"
    seeded='"mode":"Cold"'
    view=
  }
fi
rm -rf "$OWN/trash" &
start "$view"
trap 'kill -TERM $daemon 2>/dev/null' TERM INT
say "daemon started, $( [ -z "$view" ] && echo without || wc -l <"$OWN/chain") sealed layers"
while kill -0 $daemon 2>/dev/null; do wait $daemon; code=$?; done
trap '' TERM INT
sealed=
if [ -n "$SEAL" ] && succeeded; then
  seal && sweep
fi
report
rm -rf "$OWN/trash"
exit "$code"
