# Fills the storage under a volume with others' files, as a pull request can where sizes are not enforced. Needs runs.sh
# before it, and a file system of 224 MiB under volumes of 96 MiB.
cat >"$builds/Dockerfile" <<'DOCKERFILE'
FROM busybox
RUN --mount=type=cache,target=/cache echo "$V" >>/cache/lines
ARG MIB
RUN dd if=/dev/zero of=/made bs=1M count=$MIB
DOCKERFILE
build() { solve 0 --opt build-arg:MIB="$1"; }
kept() { # what is sealed, and what is not, without the databases of the daemon that ran in between
  (cd "$volumes/main" && find generations layers root/runc-overlayfs/snapshots root/runc-overlayfs/content -type f \
    ! -path 'root/*.db' ! -path '*/ingest/*' -exec sha256sum {} + | sort | sha256sum)
}
mkdir -p "$volumes/other"

point="main, with room"
start main 1 "" Cold "" "" && build 1 || fail "the build failed"
stop
start main 2 1 Cold "" "" && build 2 || fail "the build failed"
stop
# A run that fails leaves what it built unsealed.
printf 'FROM busybox\nRUN echo unsealed >/a\nRUN false\n' >"$builds/Fails"
start main 3 "1 2" Cold "" "" && ! solve 0 --opt filename=Fails || fail "it did not fail"
kill -TERM $script
wait $script || true
before=$(kept)

point="main, when others have filled the disk"
dd if=/dev/zero of="$volumes/other/large" bs=1M 2>/dev/null || true
start main 4 "1 2" Cold "" ""
! build 50 || fail "50 MiB had room"
grep -q '^hearth: the storage under the cache volume is full.*content is only [0-9]* MiB of its 96 MiB' /tmp/build.log ||
  fail "nobody said that it is others' files"
kill -TERM $script
wait $script || true
grep -q 'StorageFull' /dev/termination-log /tmp/script.log || fail "said $(reason)"
[ "$(kept)" = "$before" ] || fail "main has lost something"

point="main, once there is room again"
rm "$volumes/other/large"
start main 5 "1 2" Cold "" "" && build 2 || fail "the build failed"
[ "$(reason)" = "" ] && [ "$(ran)" = 0 ] || fail "ran $(ran) steps, and said $(reason)"
solve 0 --opt filename=Fails && fail "it did not fail"
grep -q 'RUN echo unsealed >/a.*' /tmp/build.log && grep -A 1 'RUN echo unsealed' /tmp/build.log | grep -q CACHED || fail "what was not sealed is gone"
stop
[ -d "$volumes/main/generations/5" ] || fail "nothing was sealed"

point="a pull request that fills the disk with its own"
start pr "" "" Overlay main 1
! build 300 || fail "300 MiB had room"
stop
[ "$(reason)" = VolumeFull ] || fail "said $(reason)"
start pr "" "" Overlay main 1 && build 1 || fail "the build failed"
stop
echo "kept what others would start from"
