# Fills a small volume, as a pull request's and as main's. Needs runs.sh before it, and a file system of 96 MiB.
cat >"$builds/Dockerfile" <<'DOCKERFILE'
FROM busybox
RUN --mount=type=cache,target=/cache echo "$V" >>/cache/lines
ARG MIB
RUN dd if=/dev/zero of=/made bs=1M count=$MIB
DOCKERFILE
build() { solve 0 --opt build-arg:MIB="$1"; }
whole() { find "$volumes/main" -path '*/lock' -prune -o -path '*/trash*' -prune -o -type f -exec sha256sum {} + | sort | sha256sum; }

point="main, with room"
start main 1 "" Cold "" "" && build 1 || fail "the build failed"
stop
before=$(whole)

point="a pull request that has room once the old is pruned"
start pr "" "" Overlay main 1 && build 50 || fail "the build failed"
[ "$(reason)" = "" ] || fail "said $(reason)"
stop
start pr "" "" Overlay main 1 && build 60 || fail "the build failed"
[ "$(reason)" = VolumeFull ] || fail "said $(reason)"
stop

point="a pull request that is too large"
start pr "" "" Overlay main 1
! build 300 || fail "300 MiB had room"
grep -q '^hearth: the cache volume is full.*storage.size of the CachePolicy (retention.untrusted.size' /tmp/build.log || fail "nobody said how to mend it"
stop
[ "$(reason)" = VolumeFull ] || fail "said $(reason)"
[ "$(whole)" = "$before" ] || fail "main's volume has changed"

point="the next run of it"
start pr "" "" Overlay main 1 && build 1 || fail "the build failed"
[ "$(reason)" = "" ] && [ "$(ran)" = 0 ] || fail "ran $(ran) steps, and said $(reason)"
stop

point="main, when it is too large"
start main 2 1 Cold "" ""
! build 300 || fail "300 MiB had room"
stop
[ "$(reason)" = VolumeFull ] || fail "said $(reason)"

point="the next run of main"
start main 3 1 Cold "" "" && build 1 || fail "the build failed"
[ "$(reason)" = "" ] && [ "$(ran)" = 0 ] || fail "ran $(ran) steps, and said $(reason)"
stop
[ -d "$volumes/main/generations/3" ] && [ -d "$volumes/main/generations/1" ] || fail "a generation is missing"
echo "had no room, and mended that"
