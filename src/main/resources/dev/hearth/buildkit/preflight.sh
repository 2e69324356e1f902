# Prepares an empty volume so that the daemon's scripts, which follow in the same shell, need all that a build can need of
# this node: a namespace within the pod's, an overlay as view of a sealed layer, a read-only mount that stays so, programs
# that stay what they are.
ROUNDS=1 # what goes wrong is the answer
OWN=/var/lib/hearth/volumes/$CLAIM
if [ "$NESTED" = true ]; then
  read -r _ outside _ </proc/self/uid_map
  [ "$outside" != 0 ] || { echo "root of the pod is root of the node: hostUsers was ignored" >&2; exit 71; }
fi
mkdir -p "$OWN/root" "$OWN/sealed/shown" /tmp/first
echo "$CLAIM/sealed" >"$OWN/chain"
printf %s "$SEED_ID" >"$OWN/seeded"
# Stands before the daemon, to look around where it will be.
daemon=$(command -v buildkitd)
cat >/tmp/first/buildkitd <<CHECK
#!/bin/sh
[ -d /var/lib/hearth/view/shown ] || { echo "an overlay cannot be mounted" >&2; exit 71; }
if [ -n "$LOCKED" ] && mount -o remount,rw,bind "$LOCKED" 2>/dev/null; then
  echo "a read-only mount can be made writable" >&2
  exit 71
fi
# This script's shell, outside, is the same user as root in here: what it runs must not be replaced.
if [ -n "$LOCKED" ]; then
  mount -o remount,rw,bind / 2>/dev/null
  for program in sh mount find; do
    path=\$(readlink -f "\$(command -v \$program)")
    if cp "\$path" "\$path.new" 2>/dev/null && mv "\$path.new" "\$path"; then
      echo "the daemon can replace programs of its container, as its root file system can be written" >&2
      exit 71
    fi
  done
  for folder in / /etc /lib /usr/lib; do
    if (: >"\$folder/.hearth-preflight") 2>/dev/null; then
      echo "the daemon can write into \$folder of its container, where programs look for libraries and settings" >&2
      exit 71
    fi
  done
fi
exec "$daemon" "\$@"
CHECK
chmod 755 /tmp/first/buildkitd
PATH=/tmp/first:$PATH
