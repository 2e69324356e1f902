# What tells one state of an artifact from another: names, kinds, modes, link targets and contents, in one order. Needs
# nothing that busybox lacks, since what builds an artifact and what keeps a task's both use it: of the same files they get
# the same digest. Where a file's content ends is told by the sizes before.
#   artifact FOLDER    prints a line DIGEST and a line FILES KIB, or nothing where there is nothing; fails, and says why
#                      on stderr, where not all of it can be read
artifact() (
  export LC_ALL=C
  [ -e "$1" ] || exit 0
  cd "$1" || exit 1
  [ -n "$(ls -A | head -c 1)" ] || exit 0
  paths() { find . -mindepth 1 "$@" -print0 | sort -z; }
  sizes() { paths -type f | xargs -0 -r stat -c %s; }
  everything() {
    paths
    paths | xargs -0 -r stat -c %f
    sizes
    paths -type l | xargs -0 -r sh -c 'for link do readlink "$link" && printf "\000"; done' links
    paths -type f | xargs -0 -r cat
  }
  exec 3>&1
  problem=$({ everything 2>&4 | sha256sum | sed 's/ .*//; s/^/sha256:/' >&3; } 4>&1)
  if [ -n "$problem" ]; then
    printf '%s\n' "$problem" | head -n 3 >&2
    exit 1
  fi
  sizes | {
    files=0 bytes=0
    while read -r size; do files=$((files + 1)) bytes=$((bytes + size)); done
    echo "$files $(((bytes + 1023) / 1024))"
  }
)
