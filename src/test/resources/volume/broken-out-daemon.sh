# Somebody has taken over a pull request's BuildKit daemon: $ATTACK runs in its place, with all that it may. "fill" makes
# the trusted volume, which the second container has read-only, as build pods do.
set -eu
volumes=/var/lib/hearth/volumes
mkdir -p /tmp/builds /tmp/fake /run/buildkit
printf 'FROM busybox\nRUN --mount=type=cache,target=/cache echo good >/cache/tool\n' >/tmp/builds/Dockerfile
files() { (cd $volumes/trusted && find . -type f | sort | xargs sha256sum && find . | sort) | sha256sum; }
daemon() { # CLAIM SEAL SEED_MODE SEED_FROM SEED_GENERATION; in place of the shell that calls it
  exec env CLAIM="$1" SEAL="$2" KEEP="" SEED_MODE="$3" SEED_FROM="$4" SEED_GENERATION="$5" SEED_ID="$3/$4" SEAL_STEPS=step FALLBACK="" ROUNDS=1 \
    NESTED=true sh -c "$DAEMON" daemon
}

if [ "$1" = fill ]; then
  daemon trusted 1 Cold "" "" &
  buildctl --wait --timeout=60 build --frontend=dockerfile.v0 --local context=/tmp/builds --local dockerfile=/tmp/builds
  mkdir -p /run/buildkit/done && touch /run/buildkit/done/step
  kill -TERM $!
  wait $! || true
  [ -d $volumes/trusted/generations/1 ]
  exit
fi
printf '#!/bin/sh\n%s\n' "$ATTACK" >/tmp/fake/buildkitd
chmod +x /tmp/fake/buildkitd
before=$(files)
(PATH=/tmp/fake:$PATH && daemon own "" Overlay trusted 1) || true
# The next pod on the volume that it left, which is as hostile, and a harmless daemon.
printf '#!/bin/sh\nexit 1\n' >/tmp/fake/buildkitd
(PATH=/tmp/fake:$PATH && daemon own 2 Overlay trusted 1) || true
[ "$(files)" = "$before" ] || echo "BROKEN: the trusted volume has changed"
