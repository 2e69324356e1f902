# What tests of the volume's scripts share: runs of builds on volumes of this pod. $DAEMON and $SOLVE are the scripts.
set -eu
volumes=/var/lib/hearth/volumes
builds=/tmp/builds
export BUILDKIT_HOST=unix:///run/buildkit/buildkitd.sock
mkdir -p "$builds"
[ -e /dev/termination-log ] || : >/dev/termination-log
fail() {
  { echo "FAILED at ${point:-none}: $*"; tail -n 30 /tmp/script.log; tail -n 15 /tmp/build.log; cat /dev/termination-log; } >&2
  exit 1
}
start() { # CLAIM SEAL KEEP SEED_MODE SEED_FROM SEED_GENERATION
  [ ! -e "$volumes/$1/lock" ] || flock "$volumes/$1/lock" true # what was killed may still be dying
  rm -rf /run/buildkit/* /tmp/termination && mkdir -p /run/buildkit
  : >/dev/termination-log
  env PATH="${shims:-/nonexistent}:$PATH" CLAIM="$1" SEAL="$2" KEEP="$3" FALLBACK="${3##* }" SEED_MODE="$4" SEED_FROM="$5" \
    SEED_GENERATION="$6" SEED_ID="$4/$5/$6" SEAL_STEPS=step CLAIM_KIB=98304 NESTED=true setsid sh -c "$DAEMON" daemon >/tmp/script.log 2>&1 &
  script=$!
  echo $script >/tmp/script.pid
}
solve() { # IMPORTS ARGUMENT...: as a step does, with an exit code
  imports=$1
  shift
  sh -c "$SOLVE" build step "" "" "$imports" "$@" --frontend=dockerfile.v0 --local context="$builds" --local dockerfile="$builds" \
    >/tmp/build.log 2>&1
}
ran() { sed -n 's/.*"miss":\([0-9]*\).*/\1/p' /dev/termination-log; }
reason() { sed -n 's/.*"reason":"\([A-Za-z]*\)".*/\1/p' /dev/termination-log; }
stop() { # the volume's report is in the termination message then
  kill -TERM $script
  wait $script || true
  ! grep -q "sealed" /dev/termination-log || return 0
  fail "no report"
}
