# Breaks the state of a volume in one of $EVERY known ways, from number $FIRST on: the build succeeds, from the best of what is left, and
# says why; the run after it is as warm as ever and has nothing to say. Needs runs.sh before it.
echo "every ${EVERY}th from $FIRST on"
cat >"$builds/Dockerfile" <<'DOCKERFILE'
FROM busybox
RUN mkdir /d && touch /d/a /d/b
RUN rm /d/a
ARG V
RUN --mount=type=cache,target=/cache echo "$V" >>/cache/lines && ls /d >/found-$V && [ "$(cat /found-*)" = b ]
DOCKERFILE

point="a volume that is whole"
start main 1 "" Cold "" ""
solve 0 --opt build-arg:V=1 || fail "the build failed"
stop
start main 2 1 Cold "" ""
solve 0 --opt build-arg:V=2 || fail "the build failed"
stop
start pr "" "" Overlay main 1
solve 0 --opt build-arg:V=3 || fail "the build failed"
stop
[ -d "$volumes/main/generations/2" ] || fail "nothing is sealed"
cp -a "$volumes" /var/lib/hearth/before

again() { # CLAIM V
  if [ "$1" = main ]; then start main 3 "1 2" Cold "" ""; else start pr "" "" Overlay main 1; fi
  solve 0 --opt build-arg:V="$2" || fail "the build failed"
}
broken() { # CLAIM REASON MOST COMMAND: how many steps may run again
  point="$*" way=$((${way-0} + 1))
  [ $((way % EVERY)) = $((FIRST % EVERY)) ] || return 0
  rm -rf "$volumes/main" "$volumes/pr" && cp -a /var/lib/hearth/before/main /var/lib/hearth/before/pr "$volumes/"
  (cd "$volumes/$1" && sh -euc "$4") || fail "could not break it"
  v=2
  [ "$1" = main ] || v=3
  again "$1" $v
  [ "$(reason)" = "$2" ] || fail "said $(reason)"
  [ "$(ran)" -le "$3" ] || fail "$(ran) steps ran again"
  stop
  [ "$1" = pr ] || [ -d "$volumes/main/generations/3" ] || fail "nothing was sealed"
  grep -q '"note":"..*"' /dev/termination-log || [ -z "$2" ] || fail "the report has no note"
  again "$1" $v
  [ "$(reason)" = "" ] && [ "$(ran)" = 0 ] || fail "the run after it ran $(ran) steps, and said $(reason)"
  stop
  cases=$((${cases-0} + 1))
}
databases="cache.db runc-overlayfs/metadata_v2.db runc-overlayfs/containerdmeta.db runc-overlayfs/snapshots/metadata.db"
for database in $databases; do
  for claim in main pr; do
    case $claim in main) most=0 ;; pr) most=1 ;; esac # what the sealed state has not
    broken $claim CacheBroken $most ": >root/$database"
    broken $claim CacheBroken $most "truncate -s 20000 root/$database"
    broken $claim CacheBroken $most "dd if=/dev/urandom of=root/$database bs=4096 count=60 conv=notrunc 2>/dev/null"
    broken $claim CacheBroken $most "dd if=/dev/urandom of=root/$database bs=4096 seek=2 count=60 conv=notrunc 2>/dev/null"
  done
done
broken main CacheBroken 0 "rm -rf root"
broken main CacheBroken 0 "rm -rf root/runc-overlayfs/snapshots"
broken main CacheBroken 0 "rm chain"
broken main CacheBroken 3 "truncate -s 20000 root/cache.db generations/2/root/cache.db" # the next best is broken too
broken main CacheBroken 3 "rm -rf layers/1-*"
broken main CacheBroken 3 "rm -rf layers/*/active"
broken main CacheBroken 3 "rm -rf layers/1-*/snapshots/*"
broken main CacheBroken 3 "rm -rf layers/*/blobs/*"
broken pr CacheBroken 1 "rm -rf root/runc-overlayfs/snapshots/snapshots/*"
broken pr CacheBroken 3 "rm -rf ../main/layers/1-*"
broken pr CacheBroken 3 "mv ../main/layers/1-* ../main/layers/1-made-anew"
broken pr SeedUnusable 3 "rm -rf seeded ../main/layers/1-*"
broken pr "" 1 "rm -r seeded root/runc-overlayfs; mkdir .root" # a seed that was cut short

running() { # PATTERN: processes whose command line matches
  for process in /proc/[0-9]*; do
    if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | head -n 1 | grep -q "$1"; then echo "${process#/proc/}"; fi
  done
}
point="a daemon that is killed while it builds"
cat >"$builds/Waits" <<'DOCKERFILE'
FROM busybox
RUN --mount=type=cache,target=/cache [ -e /cache/second ] || { touch /cache/second; sleep 54321; }
DOCKERFILE
start main 4 "1 2 3" Cold "" ""
solve 0 --opt filename=Waits &
build=$!
until [ -n "$(find "$volumes/main" -name second)" ]; do sleep 0.1; done
kill -KILL $(running '^buildkitd ')
wait $build || fail "the build failed"
[ "$(reason)" = DaemonKilled ] || fail "said $(reason)"
[ -z "$(running '^sleep 54321')" ] || fail "a step lives on"
stop

point="a step that fails by itself"
printf 'FROM busybox\nRUN echo "error: no space left on device"; exit 3\n' >"$builds/Fails"
start main 5 "1 2 3" Cold "" ""
! solve 0 --opt filename=Fails || fail "it did not fail"
[ "$(grep -c '^error: ' /tmp/build.log)" = 1 ] || fail "it was tried again"
stop

point="an import of what is not there"
start main 6 "1 2 3" Cold "" ""
solve 1 --import-cache=type=local,src=/nowhere --opt build-arg:V=9 || fail "the build failed"
[ "$(reason)" = ImportFailed ] || fail "said $(reason)"
stop

# --- Killed at commands by which it changes the volume while it repairs it
shims=/tmp/shims
mkdir -p $shims
for tool in mv cp rm mkdir; do
  real=$(command -v $tool)
  printf '#!/bin/sh\n[ -e /tmp/counting ] || exec %s "$@"\necho >>/tmp/counting\n[ "$(wc -l </tmp/counting)" -eq "$(cat /tmp/point)" ] || exec %s "$@"\nkill -KILL -"$(cat /tmp/script.pid)"\n' $real $real >$shims/$tool
  chmod +x $shims/$tool
done
kills=$((FIRST - EVERY))
while :; do
  kills=$((kills + EVERY)) point="kill $kills while it mends"
  rm -rf "$volumes/main" "$volumes/pr" && cp -a /var/lib/hearth/before/main /var/lib/hearth/before/pr "$volumes/"
  : >"$volumes/main/root/cache.db"
  echo $kills >/tmp/point
  : >/tmp/counting
  start main 3 "1 2" Cold "" ""
  until [ -s /run/buildkit/round ] || ! kill -0 $script 2>/dev/null; do sleep 0.1; done
  points=$(wc -l </tmp/counting)
  rm -f /tmp/counting
  kill -KILL -$script 2>/dev/null || true
  wait $script || true
  again main 2
  [ "$(ran)" = 0 ] || fail "$(ran) steps ran again, and it said $(reason)"
  stop
  [ -d "$volumes/main/generations/3" ] || fail "nothing was sealed"
  [ "$points" -ge "$kills" ] || break
done
echo "mended $cases states, and was killed at $points points"
