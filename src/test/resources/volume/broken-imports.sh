# Imports what is broken in a third of the known ways, or in all of them if $EVERY is 1: the build succeeds with what is left of
# it, and says why. Needs runs.sh before it.
cat >"$builds/Dockerfile" <<'DOCKERFILE'
FROM busybox
RUN mkdir /d && touch /d/a /d/b
RUN rm /d/a
ARG V
RUN [ "$(ls /d)" = b ] && echo $V
DOCKERFILE
exported=/tmp/exported

point="an export"
start whole 1 "" Cold "" ""
solve 0 --opt build-arg:V=1 --export-cache=type=local,dest=$exported,mode=max || fail "the build failed"
stop
largest=$(ls -S $exported/blobs/sha256 | head -n 1)

imported() { # REASON STEPS FROM COMMAND: how many run; the last is new each time, and needs what is below it
  point="$*" way=$((${way-0} + 1))
  [ "$EVERY" = 1 ] || [ -z "$1" ] || [ $((way % 3)) = $((FIRST % 3)) ] || return 0
  rm -rf "$volumes/fresh" /tmp/broken && cp -a $exported /tmp/broken
  (cd /tmp/broken && sh -euc "$4") || fail "could not break it"
  start fresh 1 "" Cold "" ""
  solve 1 --import-cache="$3" --opt build-arg:V=2 || fail "the build failed"
  [ "$(reason)" = "$1" ] || fail "said $(reason)"
  [ "$(ran)" = "$2" ] || fail "$(ran) steps ran"
  stop
  [ -d "$volumes/fresh/generations/1" ] || fail "nothing was sealed"
  start fresh 2 1 Cold "" ""
  solve 0 --opt build-arg:V=2 || fail "the next build failed"
  [ "$(reason)" = "" ] && [ "$(ran)" = 0 ] || fail "the next build ran $(ran) steps, and said $(reason)"
  stop
  cases=$((${cases-0} + 1))
}
folder=type=local,src=/tmp/broken
imported "" 1 $folder ":"
imported ImportFailed 3 $folder "rm -r *"
imported ImportFailed 3 $folder "rm index.json"
imported ImportFailed 3 $folder ": >index.json"
imported ImportFailed 3 $folder "rm blobs/sha256/*"
imported ImportFailed 3 $folder "for blob in blobs/sha256/*; do : >\$blob; done"
imported ImportFailed 3 $folder "for blob in blobs/sha256/*; do head -c 999 /dev/urandom >\$blob; done"
imported ImportFailed 3 $folder "rm blobs/sha256/$largest"
imported ImportFailed 3 $folder "head -c 50 blobs/sha256/$largest >cut; mv cut blobs/sha256/$largest"
imported ImportFailed 3 $folder "dd if=/dev/urandom of=blobs/sha256/$largest bs=1000 count=9 conv=notrunc 2>/dev/null"
imported ImportFailed 3 type=registry,ref=registry.nowhere:5000/cache ":"
imported ImportFailed 3 type=registry,ref=127.0.0.1:1/cache ":"
echo "imported $cases times"
