# Runs a solve once the daemon answers, which takes a while with a large state or a busy node, and leaves its result, or
# nothing, in the termination message: what a failed container says instead is the end of its log. What failed for a reason
# of the cache's is tried again, on what daemon.sh makes of it; a step that exits with an error is not, whatever it prints,
# unless the volume is full as it does. Needs only what is in BuildKit's own image, and artifact.sh before it.
#   build STEP FILES LIMIT IMPORTS IMPORT... ARGUMENT...    FILES is the folder to leave files in, LIMIT seconds or empty
set -eu
umask 022
SOCKETS=/run/buildkit
step=$1 files=$2 limit=$3 imports=$4; shift 4
began=$(date +%s)
round=0 ended= imported=

await() { # a daemon of a later round than that of the last attempt
  until=$(($(date +%s) + 600)) now=0
  until [ "$now" -gt "$round" ]; do
    [ "$(date +%s)" -lt $until ] && [ -z "$ended" ] || return 1
    sleep 0.1
    read -r now <"$SOCKETS/round" || now=0
  done 2>/dev/null
  round=$now
}

linted() { # what the linter says in a solve's trace, in lines. The plain log leaves out what is said of a step that has ended
  awk 'index($0, "\"warnings\":[") {
    for (left = $0; said < 50 && match(left, /"short":"[A-Za-z0-9+\/=]+"/); said++) {
      if (RLENGTH < 1400) print substr(left, RSTART + 9, RLENGTH - 10)
      left = substr(left, RSTART + RLENGTH)
    }
  }' | while read -r text; do
    printf %s "$text" | base64 -d | tr '\n' ' '
    echo
  done | awk 'match($0, / \(line [0-9]+\)$/) && warned++ < 10 {
    print "warning: " substr(substr($0, 1, RSTART - 1), 1, 180) substr($0, RSTART)
  }'
}

attempt() { # ARGUMENT...: one solve; why it failed, and what failed to be imported, is left in files
  left=
  [ -z "$limit" ] || left=$((began + limit - $(date +%s)))
  [ -z "$limit" ] || [ "$left" -gt 0 ] || { code=124 && return; }
  [ -z "$files" ] || { rm -rf "$files" && mkdir -p "$files"; } # of a pod that was lost, or of another attempt
  rm -f /tmp/output /tmp/copied /tmp/trace && mkfifo /tmp/output /tmp/copied /tmp/trace
  tee /tmp/copied </tmp/output & hearing="$!"
  { linted || :; cat >/dev/null; } </tmp/trace >/tmp/warnings & hearing="$hearing $!" # buildctl would wait for ever for a reader
  awk '
    /^#[0-9]+ importing cache manifest from / { importing[$1] }
    ($1 in importing) && $2 == "ERROR:" || / msg="local cache import at / { failed = $0 }
    /^error: / { error = ""; found = 1 }
    found { error = substr(error $0 " ", 1, 2000) }
    END { printf "%s", substr(failed, 1, 300) >"/tmp/import"; printf "%s", error >"/tmp/error" }' </tmp/copied & hearing="$hearing $!"
  ${left:+timeout "$left"} buildctl build --progress=plain "$@" \
    --metadata-file=/tmp/metadata.json --debug-json-cache-metrics=/tmp/cache --trace=/tmp/trace >/tmp/output 2>&1 3>/tmp/trace &
  solve=$!
  code=0
  wait $solve || code=$?
  while kill -0 $solve 2>/dev/null; do code=0; wait $solve || code=$?; done # a signal ends a wait, not the solve
  wait $hearing || :
}

full() { # whether the volume is, which daemon.sh sees. What a failed step wrote stays until something is pruned
  : >"$SOCKETS/measure.$step"
  for _ in $(seq 600); do # on a full one it is counted what fills it
    [ -e "$SOCKETS/measure.$step" ] || break
    sleep 0.1
  done
  [ -e "$SOCKETS/full.$step" ]
}

crowded() { # whether others fill the storage under the volume, and says so
  [ -s "$SOCKETS/crowded" ] && echo "hearth: $(cat "$SOCKETS/crowded")"
}

ask() { # WHAT WHY: of the daemon's script; the first solve that asks does so for all
  if [ -e "$SOCKETS/last" ]; then
    [ "$1" != room ] || crowded || echo "hearth: the cache volume is full, with little more in it than this build: raise storage.size of the CachePolicy (retention.untrusted.size for untrusted refs), or have the build leave less"
    return 1
  fi
  mkdir -p "$SOCKETS/asked"
  printf '%s %s\n' "$1" "$(printf %s "$2" | tr -c '[:print:]' ' ' | cut -c 1-300)" >"$SOCKETS/asked/.$step"
  ln "$SOCKETS/asked/.$step" "$SOCKETS/asked/$round" 2>/dev/null || :
  await
}

again() { # whether the solve is to be tried once more, once all is ready for it
  [ -z "$ended" ] && { [ -z "$limit" ] || [ "$code" != 124 ]; } || return 1
  error=$(cat /tmp/error)
  said=${error#error: }
  # In this order: a daemon that answers in another's place has been counted before.
  if ! buildctl --timeout=10 debug workers >/dev/null 2>&1 || [ "$(cat "$SOCKETS/begun")" != "$round" ] ||
    [ -e "$SOCKETS/asked/$round" ]; then
    [ ! -e "$SOCKETS/last" ] && await && return
    crowded || echo "hearth: BuildKit is gone, and does not come back"
    return 1
  fi
  if full; then
    ask room "the volume was full as the build failed"
    return
  fi
  # Texts are those of BuildKit 0.34: of its own, a step's output is no part of them.
  case $error in
  *"did not complete successfully: exit code: "*) return 1 ;;
  *"no space left on device"*) ask room "$said" ;;
  *"invalid database"* | *"input/output error"* | *"structure needs cleaning"* | *"/var/lib/hearth/"*"no such file or directory"* | \
    *"failed to prepare "*" as "* | *"failed to create snapshot"* | *"missing snapshot"* | *"failed to stat snapshot"* | \
    *"snapshot "*" does not exist"* | *"content sha256:"*": not found"* | *"blob sha256:"*": not found"* | \
    *"lease "*": not found"* | *"cache importer"*)
    if [ "$imports" -gt 0 ] && [ -z "$imported" ]; then
      imported=$said # which may be all that is wrong
    else
      ask anew "$said"
    fi
    ;;
  *) return 1 ;;
  esac
}

trap 'ended=1; kill -TERM $solve' TERM # a shell that is the first process would not hear of it
await || { { crowded || echo "hearth: BuildKit does not answer"; } && exit 1; }
while :; do
  attempt "$@"
  [ "$code" != 0 ] || break
  [ -z "$limit" ] || [ "$code" != 124 ] || echo "hearth: the solve reached its timeout of $limit s"
  again || exit "$code"
  [ -z "$imported" ] || { shift "$imports" && imports=0; }
done
[ -z "$files" ] || chmod 755 "$files" # buildctl leaves it to its own user alone
digest=$(sed -n 's/.*"containerimage\.digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' /tmp/metadata.json 2>/dev/null | head -n 1)
{ # short, and what decides first: of a pod with many containers the kubelet keeps 12288 bytes, divided by their number
  [ -z "$digest" ] && echo '{}' || printf '{"containerimage.digest":"%s"}\n' "$digest"
  tail -n 1 /tmp/cache
  if [ -n "$imported" ] || [ -s /tmp/import ]; then
    printf '{"reason":"ImportFailed","note":"%s"}\n' "$(printf %s "${imported:-$(cat /tmp/import)}" | tr -c '[:print:]' ' ' | tr -d '"\\' | cut -c 1-300)"
  else
    cat "$SOCKETS/state"; echo
  fi
  { [ -z "$files" ] || artifact "$files"; } | tr '\n' ' '; echo
  sed -n 's/^cache miss: //p' /tmp/cache | cut -c 1-150 | head -n 3
  head -c 900 /tmp/warnings # with these it is below 4096 bytes, of which it would keep the end
} >/dev/termination-log
mkdir -p "$SOCKETS/done"; : >"$SOCKETS/done/$step"
