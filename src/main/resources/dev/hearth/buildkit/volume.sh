# A cache volume: what is on it, the state that a daemon starts from, and how what it left is sealed. Functions for
# daemon.sh, which follows in the same shell. Needs only what is in BuildKit's own image (busybox at worst).
#
# A volume is mounted at the name of its claim below $VOLUMES, in every pod, so that a link means the same everywhere:
#   root/                 BuildKit's state: its databases, and whatever was not sealed. A sealed snapshot or blob is a link
#   layers/N/snapshots/   sealed and never changed again: what BuildKit committed. N is a number and a word of chance
#   layers/N/blobs/       ... and its content
#   layers/N/active/      what BuildKit may still change: cache mounts, git mirrors. Shown in the view
#   layers/N/folded/      the same, all that is below it included
#   chain                 the active and folded folders that the view shows, newest first
#   upper/ work/          what the daemon changed in the view since
#   generations/N/        a sealed state: root/ (databases and links), chain, layers (volume and number of those it needs)
#   volumes/CLAIM/        layers and generations of another volume, copied
#   claim                 whose volume this is: another name means that a snapshot of that one was restored
#   seeded                which seed root came from, written last; anything else means that root is not to be used
#   origin                what root was begun from (own, seed or cold), until a run on it went well
#   broken                which root is being put aside, and why: who finds it goes on with that
#   exporting/            cache directories that the solves write, mounted in them: never removed while a pod lives
#   sealing               number of a layer that is being made
#   trash/                to be removed
# A committed snapshot holds whiteouts of its own, which an overlay would take for its own: it is never seen through the
# view. What is active is: so nobody who reads a layer ever sees it change, and nothing is copied to seal it.
#
# A daemon that was broken into may have written anything to the volume, to $SOCKETS and to /tmp, while this shell may
# mount: what is read from there is data. It reaches no arithmetic, which assigns variables, and no script of sed, which
# runs commands, before number or plain has checked it.
set -u
umask 022
VOLUMES=/var/lib/hearth/volumes
VIEW=/var/lib/hearth/view
OWN=$VOLUMES/$CLAIM
SNAPSHOTS=runc-overlayfs/snapshots/snapshots
BLOBS=runc-overlayfs/content/blobs/sha256
SOCKETS=/run/buildkit
REPORT=/dev/termination-log
LONGEST_CHAIN=32 # each folder of the view costs a look-up and characters of a mount option
reason= note=

say() { echo "hearth: $*"; }
noted() { # REASON TEXT: for people, and in JSON; some of it is the words of what failed
  reason=$1
  note="${note:+$note; }$(printf %s "$2" | tr -c '[:print:]' ' ' | tr -d '"\\' | cut -c 1-400)"
  say "$1: $2"
}
hundredths() { read -r up _ </proc/uptime; echo "${up%.*}${up#*.}"; }
discard() { # what is given, at once; its content in time
  mkdir -p "$OWN/trash/$$"
  for path; do
    if [ -e "$path" ] || [ -L "$path" ]; then
      mv "$path" "$OWN/trash/$$/$(basename "$path").$(hundredths).$#" || rm -rf "$path" || exit 1 # a full disk has no trash
    fi
    shift
  done
}
plain() { sed 's,.*/,,' | LC_ALL=C grep -x '[A-Za-z0-9][A-Za-z0-9._-]*'; } # last names of paths; no others are Hearth's or BuildKit's
names() { find "$@" -mindepth 1 -maxdepth 1 2>/dev/null | plain; }
folders() { find "$1" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | plain; }
number() { # FILE: the number in it, or 0
  head -n 1 "$1" 2>/dev/null | LC_ALL=C grep -x '[1-9][0-9]\{0,8\}' || echo 0
}
replace() { cat >"$1.new" && mv "$1.new" "$1"; } # FILE, at once

# --- The state to start from -----------------------------------------------------------------------------------------

wipe() {
  rm -f "$OWN/seeded"
  discard "$OWN/root" "$OWN/.root" "$OWN/upper" "$OWN/work" "$OWN/chain" "$OWN/sealing"
}

adopt() { # a restored snapshot of another volume, taken at any moment: of use is what it sealed and we start from
  owner=$CLAIM
  [ ! -e "$OWN/claim" ] || owner=$(plain <"$OWN/claim" | head -n 1)
  if [ "$owner" != "$CLAIM" ]; then
    wipe
    copy=$OWN/volumes/$owner
    mkdir -p "$copy"
    for sealed in layers generations; do
      [ ! -d "$OWN/$sealed" ] || [ -d "$copy/$sealed" ] || mv "$OWN/$sealed" "$copy/$sealed"
    done
    for kept in $(folders "$copy/generations"); do [ "$kept" = "$SEED_GENERATION" ] || discard "$copy/generations/$kept"; done
    for n in $(folders "$copy/layers"); do
      grep -qsx "$owner $n" "$copy/generations/$SEED_GENERATION/layers" || discard "$copy/layers/$n"
    done
  fi
  echo "$CLAIM" | replace "$OWN/claim"
}

take() { # VOLUME GENERATION: a sealed state, of this volume or of another; lacks says why it cannot be had
  from=$VOLUMES/$1/generations/$2
  lacks="its files are not there"
  [ -s "$from/layers" ] && [ -s "$from/root/runc-overlayfs/snapshots/metadata.db" ] || return 1
  while read -r volume layer; do
    [ -d "$VOLUMES/$volume/layers/$layer" ] || { lacks="layer $layer of $volume is gone" && return 1; }
  done <"$from/layers"
  lacks=$({ cp -a "$from/root" "$OWN/.root" && cp "$from/chain" "$OWN/chain" && mv "$OWN/.root" "$OWN/root"; } 2>&1) || return 1
  lacks=$(fault)
  [ -z "$lacks" ]
}

begin() { # ORIGIN...: root from the first of them that can be had
  began=$(hundredths)
  for origin; do
    wipe
    case $origin in
    own) words="generation $FALLBACK of this volume" && [ -n "$FALLBACK" ] && take "$CLAIM" "$FALLBACK" ;;
    seed) words="generation $SEED_GENERATION of $SEED_FROM" && [ "$SEED_MODE" != Cold ] && take "$SEED_FROM" "$SEED_GENERATION" ;;
    cold) words=nothing ;;
    esac && break
  done
  mkdir -p "$OWN/root"
  echo "$origin" | replace "$OWN/origin"
  printf %s "$SEED_ID" | replace "$OWN/seeded"
  case $origin in own) mode=Own ;; seed) mode=$SEED_MODE ;; cold) mode=Cold ;; esac
  seeded="\"mode\":\"$mode\",\"millis\":$((($(hundredths) - began) * 10))"
}

seed() {
  [ "$(cat "$OWN/seeded" 2>/dev/null)" != "$SEED_ID" ] || return 0
  begin seed cold
  if [ "$SEED_MODE" != Cold ] && [ "$origin" = cold ]; then
    noted SeedUnusable "generation $SEED_GENERATION of $SEED_FROM cannot be read ($lacks), so the cache is begun with nothing"
    [ ! -d "$OWN/volumes/$SEED_FROM" ] || discard "$OWN/volumes/$SEED_FROM" # a copy that is not whole
  fi
}

fault() { # why root cannot be gone on with, if so; cheap, since it is asked at each start
  [ -d "$OWN/root" ] || { echo "BuildKit's root is gone" && return; }
  rm -f "$OWN"/root/history*.bak
  for file in "$OWN"/root/*.bak; do [ ! -e "$file" ] || { echo "BuildKit could not read its database ${file##*/}" && return; }; done
  for file in "$OWN"/root/*.db "$OWN"/root/runc-overlayfs/*.db "$OWN/root/runc-overlayfs/snapshots/metadata.db"; do
    [ ! -e "$file" ] || [ -s "$file" ] || { echo "BuildKit's database ${file##*/} is empty" && return; }
  done
  [ ! -s "$OWN/chain" ] || lower >/dev/null || { echo "a layer that this state was made from is gone" && return; }
  find -L "$OWN/root/$SNAPSHOTS" "$OWN/root/$BLOBS" -mindepth 1 -maxdepth 1 -type l -exec ls -l {} + 2>/dev/null |
    grep -v -e "-> $VIEW/" | sed -n '1s/.* -> \(.*\)/a part of a sealed layer is gone: \1/p'
}

# Nothing of it is kept for people to look at: what it takes is the room that the next state needs, and BuildKit has said
# what is wrong with it.
renew() { # REASON WHY [ORIGIN]: another root in place of one that cannot be gone on with, and not what that has just come from
  came=${3-$(cat "$OWN/origin" 2>/dev/null)}
  echo "$SEED_ID $1 ${came:--} $2" | replace "$OWN/broken"
  case "$1 ${came:--}" in
  VolumeFull* | *" -") begin own seed cold ;;
  *) begin cold ;;
  esac
  noted "$1" "$2; the cache is begun again with $words"
  rm -f "$OWN/broken"
}

resume() { # what was being put aside as the pod was killed
  [ -s "$OWN/broken" ] || return 0
  read -r id wrong came why <"$OWN/broken"
  if [ "$id" = "$SEED_ID" ]; then renew "$wrong" "$why" "$came"; else rm -f "$OWN/broken"; fi
}

lower() { # option of the view's mount: by short names, since options have few characters
  rm -rf /tmp/lower && mkdir /tmp/lower
  shown=
  while read -r folder; do
    [ -d "$VOLUMES/$folder" ] || return 1
    depth=$(ls /tmp/lower | wc -l)
    ln -s "$VOLUMES/$folder" "/tmp/lower/$depth"
    shown=$shown:/tmp/lower/$depth
  done <"$OWN/chain"
  echo "lowerdir=${shown#:}"
}

# --- Room ------------------------------------------------------------------------------------------------------------

space() { # total, used and free of the file system, and size, which is what this volume may have of it; in KiB
  set -- $(stat -f -c '%S %b %a %f %c %d' "$OWN")
  total=$(($1 * $2 / 1024)) free=$(($1 * $3 / 1024)) used=$(($1 * ($2 - $4) / 1024)) nodes=$5 unused=$6
  size=${CLAIM_KIB:-$total}
  [ "$size" -le "$total" ] || size=$total
}
scarce() { [ "$nodes" -gt 0 ] && [ $((unused * 50)) -lt "$nodes" ]; } # inodes are
full() { space && { [ $((free * 50)) -lt $size ] || scarce; }; }
roomy() { space && [ $((free * 5)) -gt $size ]; }
ours() { # whether this volume's own content is what fills it, rather than others' on storage that enforces no sizes
  space
  content=$(du -sk "$OWN" 2>/dev/null | cut -f 1)
  content=${content:-0}
  crowd="the storage under the cache volume is full ($((free / 1024)) of $((total / 1024)) MiB are free), although this\
 volume's content is only $((content / 1024)) MiB of its $((size / 1024)) MiB: free space there, or use storage that\
 enforces the sizes of volumes"
  [ $((content * 5)) -ge $((size * 4)) ] || [ $((content * 5)) -ge $((used * 4)) ] ||
    { scarce && [ $(($(find "$OWN" 2>/dev/null | wc -l) * 2)) -ge "$nodes" ]; }
}
spared() { [ -n "$SEAL" ] && ! ours; } # what others start from does not go for what others fill
spare() { noted StorageFull "$1: $crowd; nothing was removed from this volume"; } # WHY
relieve() { if spared; then spare "$1"; else vacate "$1"; fi; } # WHY: a full volume
vacate() { # WHY: all goes that is not sealed here
  discard "$OWN"/exporting/*/*
  for volume in $(folders "$OWN/volumes"); do discard "$OWN/volumes/$volume"; done
  wipe
  rm -rf "$OWN/trash" # or there is no room to begin in
  renew VolumeFull "$1"
  [ -z "$SEAL" ] || sweep
  rm -rf "$OWN/trash"
}

clean() { # where nobody may start from this volume, nothing is sealed here and one copy at most is of use
  if [ -z "$SEAL" ]; then
    discard "$OWN/layers" "$OWN/generations"
    for volume in $(folders "$OWN/volumes"); do
      [ "$SEED_MODE $SEED_FROM" = "Restore $volume" ] || discard "$OWN/volumes/$volume"
    done
  fi
  for volume in $(folders "$OWN/volumes"); do
    [ -e "$VOLUMES/$volume" ] || ln -s "$OWN/volumes/$volume" "$VOLUMES/$volume"
  done
}

# --- Sealing ---------------------------------------------------------------------------------------------------------

# The snapshots that BuildKit knows, as "id committed", "id active" (without a parent: a plain folder that may be written)
# or "id other". Reads the bolt database: go.etcd.io/bbolt's page layout, containerd's snapshots/storage buckets.
kinds() {
  od -An -v -tu1 "$OWN/root/runc-overlayfs/snapshots/metadata.db" | awk '
    function number(at, bytes,  n) { for (n = 0; bytes > 0; bytes--) n = n * 256 + B[at + bytes - 1]; return n }
    function varint(at,  n, by) { for (by = 1; B[at] > 127; at++) { n += (B[at] - 128) * by; by *= 128 } return n + B[at] * by }
    function text(at, bytes,  t) { for (t = ""; bytes > 0; bytes--) t = t sprintf("%c", B[at++]); return t }
    function bucket(at, depth) { page(number(at, 8) ? number(at, 8) * size : at + 16, depth) }
    function page(at, depth,  leaf, count, i, e) {
      leaf = number(at + 8, 2) == 2
      count = number(at + 10, 2)
      for (i = 0; i < count; i++) {
        e = at + 16 + 16 * i
        if (leaf) entry(depth, text(e + number(e + 4, 4), depth == 2 ? 0 : number(e + 8, 4)), e + number(e + 4, 4) + number(e + 8, 4))
        else page(number(e + 8, 8) * size, depth)
      }
    }
    function entry(depth, key, value) {
      if (depth == 0 && key == "v1" || depth == 1 && key == "snapshots") bucket(value, depth + 1)
      if (depth == 2) {
        parent = 0
        bucket(value, 3)
        print id, kind == 3 ? "committed" : kind == 2 && !parent ? "active" : "other"
      }
      if (depth == 3 && key == "id") id = varint(value)
      if (depth == 3 && key == "kind") kind = B[value]
      if (depth == 3 && key == "parent") parent = 1
    }
    { for (i = 1; i <= NF; i++) B[bytes++] = $i }
    END {
      size = number(24, 4)
      if (number(16, 4) != 3977042669) exit 1
      page(number((number(64, 8) > number(size + 64, 8) ? 0 : size) + 32, 8) * size, 0)
    }'
}

known_layout() { # one that this script has been tried with
  for entry in $(ls -A "$OWN/root" "$OWN/root/runc-overlayfs" | grep -v ':$'); do
    case $entry in
    buildkitd.lock | cache.db | history.db | history_c8d.db | runc-overlayfs) ;;
    cachemounts | containerdmeta.db | content | executor | metadata_v2.db | snapshots | workerid) ;;
    *) noted NotSealed "the folder $entry in BuildKit's root is unknown: this version of BuildKit needs another Hearth" && return 1 ;;
    esac
  done
}

move() { # NAMES FROM TO LINKED: the named entries of FROM to TO, with links to LINKED in their place
  mkdir -p "$3"
  (cd "$2" && xargs -r sh -c 'mv "$@" "$0"' "$3/") <"$1" || exit 1
  link "$1" "$2" "$4"
}
link() { sed "s,^,$3/," "$1" | xargs -r sh -c 'ln -s "$@" "$0"' "$2/"; } # NAMES INTO TARGET

repair() { # a seal that was cut short is taken to where root and layers agree again
  [ -f "$OWN/sealing" ] || return 0
  number=$(plain <"$OWN/sealing" | head -n 1)
  if [ -z "$number" ]; then rm -rf "$OWN/sealing" && return; fi
  layer=$OWN/layers/$number
  say "finishes layer $number, whose sealing was cut short"
  unlinked "$layer/snapshots" "$OWN/root/$SNAPSHOTS" "$layer/snapshots"
  unlinked "$layer/blobs" "$OWN/root/$BLOBS" "$layer/blobs"
  unlinked "$OWN/upper" "$OWN/root/$SNAPSHOTS" "$VIEW"
  unlinked "$layer/active" "$OWN/root/$SNAPSHOTS" "$VIEW"
  settle
  rm -rf "$OWN/sealing" "$layer/folded.new"
}
unlinked() { # FOLDER INTO TARGET: links for entries of FOLDER that INTO has not
  [ -d "$1" ] && [ -d "$2" ] || return 0
  names "$1" | while read -r name; do [ -e "$2/$name" ] || [ -L "$2/$name" ] || echo "$name"; done >/tmp/unlinked
  link /tmp/unlinked "$2" "$3"
}

settle() { # upper becomes a part of the layer; may be repeated from any point
  if [ -d "$OWN/upper" ] && [ ! -d "$layer/active" ] && [ -n "$(names "$OWN/upper" | head -n 1)" ]; then
    mkdir -p "$layer"
    mv "$OWN/upper" "$layer/active" || exit 1
  fi
  discard "$OWN/upper" "$OWN/work"
  if [ -d "$layer/active" ] && ! grep -qsx "$CLAIM/layers/$number/.*" "$OWN/chain"; then
    { echo "$CLAIM/layers/$number/active"; cat "$OWN/chain" 2>/dev/null; } | replace "$OWN/chain"
  fi
}

fold() { # a chain that grew long: what it shows, as one folder
  [ "$(wc -l <"$OWN/chain")" -ge $LONGEST_CHAIN ] || return 0
  mkdir -p "$layer/folded.new" /tmp/whole
  mount -t overlay overlay -o "ro,userxattr,$(lower)" /tmp/whole || return 0
  for id in $(names /tmp/whole); do
    [ ! -L "$OWN/root/$SNAPSHOTS/$id" ] || cp -a "/tmp/whole/$id" "$layer/folded.new/" || { umount /tmp/whole; return 0; }
  done
  umount /tmp/whole
  mv "$layer/folded.new" "$layer/folded"
  echo "$CLAIM/layers/$number/folded" | replace "$OWN/chain"
}

share() { # an exported blob that BuildKit keeps too is one file with it
  find "$generation/export" -type f -path '*/blobs/sha256/*' | while read -r blob; do
    kept=$(readlink "$OWN/root/$BLOBS/${blob##*/}")
    case $kept in "$OWN"/*) [ ! -f "$kept" ] || ln -f "$kept" "$blob" ;; esac
  done
}

measure() { du -sk "$OWN/layers/$1" | cut -f 1 >"$OWN/layers/$1/kib"; }

seal() {
  began=$(hundredths)
  known_layout || return 1
  if full; then
    if spared; then noted StorageFull "nothing is sealed: $crowd"; else noted NotSealed "the volume is full: nothing is sealed"; fi
    return 1
  fi
  # What the daemon had begun and will not go on with.
  discard "$OWN/root/$SNAPSHOTS"/rm-* "$OWN/root/$SNAPSHOTS"/new-* "$OWN/root/runc-overlayfs/content/ingest"
  kinds >/tmp/kinds || { noted NotSealed "BuildKit's database of snapshots cannot be read: nothing is sealed"; return 1; }
  for kind in committed active; do
    folders "$OWN/root/$SNAPSHOTS" | awk -v kind=$kind 'NR == FNR { of[$1] = $2; next } of[$1] == kind' /tmp/kinds - >/tmp/$kind.found
  done
  find "$OWN/root/$BLOBS" -mindepth 1 -maxdepth 1 -type f 2>/dev/null | plain >/tmp/blobs.found
  # Links into this volume must never come to mean another one's layers, which was made anew under its name.
  number=$(($( (folders "$OWN/layers" | sed -n 's/^\([1-9][0-9]\{0,8\}\)-.*/\1/p'; echo 0) | sort -n | tail -n 1) + 1))-$(head -c 8 /proc/sys/kernel/random/uuid)
  layer=$OWN/layers/$number
  mkdir -p "$layer"
  echo "$number" | replace "$OWN/sealing"
  move /tmp/committed.found "$OWN/root/$SNAPSHOTS" "$layer/snapshots" "$layer/snapshots"
  [ ! -d "$OWN/root/$BLOBS" ] || move /tmp/blobs.found "$OWN/root/$BLOBS" "$layer/blobs" "$layer/blobs"
  move /tmp/active.found "$OWN/root/$SNAPSHOTS" "$OWN/upper" "$VIEW"
  settle
  touch "$OWN/chain"
  fold
  generation=$OWN/generations/.$SEAL
  rm -rf "$generation"
  mkdir -p "$generation"
  cp -a "$OWN/root" "$generation/root" || return 1
  rm -rf "$generation/root/buildkitd.lock" "$generation/root/history.db" "$generation/root/runc-overlayfs/executor"
  cp "$OWN/chain" "$generation/chain"
  {
    sed 's,/[^/]*$,,; s,/layers/, ,' "$OWN/chain"
    find "$OWN/root/$SNAPSHOTS" "$OWN/root/$BLOBS" -type l -exec ls -l {} + 2>/dev/null |
      sed -n "s,.* -> $VOLUMES/\([^/]*\)/layers/\([^/]*\)/.*,\1 \2,p"
  } | sort -u >"$generation/layers" || return 1
  exported=false
  [ ! -d "$OWN/exporting" ] || { mv "$OWN/exporting" "$generation/export" && share && exported=true; }
  measure "$number"
  # BuildKit does not sync its databases; a reader, or a snapshot of the volume, finds all of it or none.
  sync -f "$generation/chain" 2>/dev/null || sync
  discard "$OWN/generations/$SEAL"
  mv "$generation" "$OWN/generations/$SEAL"
  sync -f "$OWN/generations" 2>/dev/null || sync
  rm -f "$OWN/sealing"
  volumes=$(cut -d ' ' -f 1 "$OWN/generations/$SEAL/layers" | sort -u | sed 's/.*/"&"/' | tr '\n' ,)
  sealed="\"generation\":$SEAL,\"kib\":$(cat "$layer/kib")"
  sealed="$sealed,\"exported\":$exported,\"volumes\":[${volumes%,}],\"millis\":$((($(hundredths) - began) * 10))"
}

sweep() { # generations that are not to be kept, and what no root or chain names of the layers
  for kept in $(folders "$OWN/generations"); do
    case " $KEEP $SEAL " in
    *" $kept "*) ;;
    *) [ "$kept" -ge "$SEAL" ] || discard "$OWN/generations/$kept" ;;
    esac
  done
  for folder in "$OWN/root" "$OWN"/generations/*/root; do names "$folder/$SNAPSHOTS" "$folder/$BLOBS"; done | sort -u >/tmp/linked
  cat "$OWN/chain" "$OWN"/generations/*/chain 2>/dev/null | sort -u >/tmp/shown
  for n in $(folders "$OWN/layers"); do
    for kind in snapshots blobs; do
      names "$OWN/layers/$n/$kind" | sort | comm -23 - /tmp/linked | sed "s,^,$OWN/layers/$n/$kind/,"
    done >/tmp/garbage
    for kind in active folded; do
      [ ! -d "$OWN/layers/$n/$kind" ] || grep -qx "$CLAIM/layers/$n/$kind" /tmp/shown || echo "$OWN/layers/$n/$kind"
    done >>/tmp/garbage
    if [ -s /tmp/garbage ]; then
      discard $(cat /tmp/garbage)
      measure "$n"
    fi
    [ -n "$(find "$OWN/layers/$n" -mindepth 2 -maxdepth 2 | head -n 1)" ] || discard "$OWN/layers/$n"
  done
  for volume in $(folders "$OWN/volumes"); do
    grep -qs "^$volume " "$OWN"/generations/*/layers || discard "$OWN/volumes/$volume"
  done
}

