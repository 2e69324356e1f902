# Kills the volume's script at one of $EVERY commands by which it changes the volume while it seals and sweeps, from number
# $FIRST on, and each time checks whether sealed generations are whole, and whether the next run finds all that was built.
# $DAEMON is the script.
set -eu
echo "every ${EVERY}th from $FIRST on"
volumes=/var/lib/hearth/volumes
shims=/tmp/shims
builds=/tmp/builds
mkdir -p "$shims" "$builds"
fail() {
  { echo "FAILED at point ${point:-none}: $*"; tail -n 20 /tmp/script.log /tmp/build.log; } >&2
  exit 1
}

# --- Commands that end everything when their turn comes: before they have done anything, or in the middle
for tool in mv cp ln rm mkdir sync; do
  real=$(command -v $tool)
  cat >"$shims/$tool" <<SHIM
#!/bin/sh
[ -e /tmp/counting ] || exec $real "\$@"
echo >>/tmp/counting
[ "\$(wc -l </tmp/counting)" -eq "\$(cat /tmp/point)" ] || exec $real "\$@"
if [ $tool = mv ] && [ \$# -gt 2 ]; then # some of many
  for last; do :; done
  $real "\$1" "\$last"
fi
if [ $tool = cp ]; then for last; do :; done; mkdir -p "\$last"; fi # a folder, and not what belongs into it
kill -KILL -"\$(cat /tmp/script.pid)"
SHIM
  chmod +x "$shims/$tool"
done

cat >"$builds/Dockerfile" <<'DOCKERFILE'
FROM busybox
RUN mkdir /d && touch /d/a /d/b
RUN rm /d/a
ARG V
RUN --mount=type=cache,target=/cache echo "$V" >>/cache/lines && ls /d >/found-$V
ARG LOOK
RUN --mount=type=cache,target=/cache [ -z "$LOOK" ] || { grep -qx "$V" /cache/lines && [ "$(cat /found-*)" = b ]; }
DOCKERFILE

start() { # CLAIM SEAL KEEP SEED_MODE SEED_FROM SEED_GENERATION
  [ ! -e "$volumes/$1/lock" ] || flock "$volumes/$1/lock" true # what was killed may still be dying
  rm -rf /run/buildkit/* /tmp/termination && mkdir -p /run/buildkit
  env PATH="$shims:$PATH" CLAIM="$1" SEAL="$2" KEEP="$3" SEED_MODE="$4" SEED_FROM="$5" SEED_GENERATION="$6" \
    SEED_ID="$4/$5/$6" FALLBACK="${3##* }" SEAL_STEPS=step NESTED=true setsid sh -c "$DAEMON" daemon >/tmp/script.log 2>&1 &
  script=$!
  echo $script >/tmp/script.pid
}
build() { # V LOOK: says how many steps ran
  buildctl --wait --timeout=60 build --frontend=dockerfile.v0 --local context="$builds" --local dockerfile="$builds" \
    --opt build-arg:V="$1" --opt build-arg:LOOK="$2" --progress=plain --debug-json-cache-metrics=/tmp/metrics \
    >/tmp/build.log 2>&1 || fail "the build failed"
  sed -n 's/.*"miss":\([0-9]*\).*/\1/p' /tmp/metrics
}
stop() { # seals, if the script lives long enough
  mkdir -p /run/buildkit/done && touch /run/buildkit/done/step
  kill -TERM $script
  wait $script || true
}
whole() { # CLAIM GENERATION V: a reader of a generation finds all of it
  rm -rf "$volumes/reader"
  start reader "" "" Overlay "$1" "$2"
  [ "$(build "$3" "")" = 0 ] || fail "generation $2 is not whole"
  stop
  rm -rf "$volumes/reader"
}

# --- A volume with two generations, of which the seal of a third drops the first
start main 1 "" Cold "" "" && build 1 "" >/dev/null && stop
start main 2 1 Cold "" "" && build 2 "" >/dev/null && stop
[ -d "$volumes/main/generations/2" ] || fail "nothing is sealed: $(cat /dev/termination-log)"
cp -a "$volumes/main" /var/lib/hearth/before

point=$((FIRST - EVERY)) turn=0
while :; do
  point=$((point + EVERY)) turn=$((turn + 1))
  rm -rf "$volumes/main" && cp -a /var/lib/hearth/before "$volumes/main"
  start main 3 2 Cold "" ""
  build 3 "" >/dev/null
  echo $point >/tmp/point
  : >/tmp/counting
  stop
  points=$(wc -l </tmp/counting)
  rm -f /tmp/counting
  if [ $((turn % 6)) = 0 ]; then whole main 2 2; fi
  if [ -d "$volumes/main/generations/3" ] && [ $((turn % 3)) = 0 ]; then whole main 3 3; fi
  start main 4 "2 3" Cold "" ""
  [ "$(build 3 "")" = 0 ] || fail "steps ran again after a kill"
  build 3 "$point" >/dev/null
  stop
  [ -d "$volumes/main/generations/4" ] || fail "the next run could not seal: $(cat /dev/termination-log)"
  [ -z "$(ls -A "$volumes/main/trash" 2>/dev/null)" ] || fail "the next run left rubbish"
  if [ $((turn % 6)) = 3 ]; then whole main 4 3; fi
  if [ "$points" -lt "$point" ]; then # nothing was killed this time
    [ -d "$(echo "$volumes"/main/layers/3-*/folded)" ] || fail "a chain of three was not folded: $(cat "$volumes/main/chain")"
    break
  fi
done
echo "killed at $points points"
