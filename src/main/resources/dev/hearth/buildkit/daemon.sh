# Runs BuildKit daemons on a cache volume, after volume.sh in the same shell: brings the volume to the state that was
# decided, starts a daemon, and after a run that went well seals what it left.
#
# Each daemon is a round. One that does not start, dies, or is said by a solve to be of no use is followed by another, on
# what is left of the state once the trouble has been put aside. What daemon and solves have to tell each other:
#   begun      the newest round
#   round      the newest round whose daemon answers
#   last       there is no other after this one
#   asked/N    what a solve wants of round N's daemon, and why: "room" or "anew". Whoever links it first has asked
#   measure.STEP, full.STEP   a failed solve asks whether the volume is full, and what it is told if so
#   crowded    why no room can be made on a full volume: others fill the storage under it
#   state      what became of the cache meanwhile, for status
#   done/STEP  a solve that went well
ROUNDS=${ROUNDS-3}
ADDRESS=unix://$SOCKETS/buildkitd.sock

start() { # VIEW ROOT: in a user namespace inside the pod's: there the kernel keeps read-only mounts read-only, whatever runs
  mkdir -p "$VIEW" "$2"
  printf %s "$BUILDKITD_TOML" >/tmp/buildkitd.toml
  rm -f "$SOCKETS/buildkitd.sock" /tmp/last /tmp/said && mkfifo /tmp/said
  listen </tmp/said 9>&- &
  run='[ -z "$1" ] || mount -t overlay overlay -o "$1" "$2" || exit 70; shift 2; exec "$@"'
  set -- sh -c "$run" daemon "$1" "$VIEW" buildkitd --config=/tmp/buildkitd.toml --root="$2" --addr=$ADDRESS
  if [ "$NESTED" = false ]; then
    "$@" >/tmp/said 2>&1 &
    daemon=$!
    return
  fi
  rm -f /tmp/entered /tmp/mapped && mkfifo /tmp/entered /tmp/mapped
  unshare -U -m sh -c 'echo >/tmp/entered; read -r _ </tmp/mapped; exec "$@"' nested "$@" >/tmp/said 2>&1 &
  daemon=$!
  read -r _ </tmp/entered
  read -r _ _ size </proc/self/uid_map
  echo "0 0 $size" >"/proc/$daemon/uid_map"
  echo "0 0 $size" >"/proc/$daemon/gid_map"
  echo >/tmp/mapped
}

listen() { # to what a daemon says; what it may die of is kept
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in panic:* | "fatal error:"* | "unexpected fault"* | buildkitd:*) printf '%s\n' "$line" >>/tmp/last ;; esac
  done
}

answers() { # a daemon does, or is gone
  until [ -S "$SOCKETS/buildkitd.sock" ]; do kill -0 $daemon 2>/dev/null || return 1; sleep 0.1; done
  timeout -s KILL 600 buildctl --addr=$ADDRESS --wait --timeout=600 debug workers >/dev/null 2>&1
}

tend() { # lets the solves have a daemon once it answers, and ends it when one of them wants another
  answers || return
  if [ -n "$prune" ]; then
    prune $((size / 4 * 1024 / 1000000))
    [ -z "$SEAL" ] || sweep
    rm -rf "$OWN/trash"
  fi
  if [ -n "$prune" ] && ! roomy; then
    echo "room $prune" >/tmp/asked
  elif why=$(fault) && [ -n "$why" ]; then
    echo "anew $why" >/tmp/asked
  else
    echo $round | replace "$SOCKETS/round"
    until [ -s "$SOCKETS/asked/$round" ]; do
      for wish in "$SOCKETS"/measure.*; do
        [ ! -e "$wish" ] || { full && crowded && mv "$wish" "$SOCKETS/full.${wish##*.}"; } || rm -f "$wish"
      done
      sleep 0.5
    done
    cat "$SOCKETS/asked/$round" >/tmp/asked
  fi
  kill -TERM $daemon
  sleep 10 # others may still be building; they begin again
  kill -KILL $daemon
}

crowded() { # tells the solves whether others fill the storage; where nothing is given up for them, there is no other try
  if ours; then
    rm -f "$SOCKETS/crowded"
  else
    echo "$crowd" | replace "$SOCKETS/crowded"
    [ -z "$SEAL" ] || : >"$SOCKETS/last"
  fi
}

prune() { # MB: while no solve runs; else BuildKit would take a cache mount to measure it, and give a step an empty one
  timeout -s KILL 120 buildctl --addr=$ADDRESS prune --all --keep-storage="$1" >/tmp/pruned 2>&1 ||
    say "nothing was pruned: $(tail -n 1 /tmp/pruned)"
}

end() { # the solves have
  space
  most=$((size * 7 / 10 * 1024 / 1000000))
  [ "$KEEP_MB" -gt $most ] || most=$KEEP_MB
  prune $most
  timeout -s KILL 60 buildctl --addr=$ADDRESS du --format '{{range .}}{{.Size}} {{end}}' 2>/dev/null |
    awk '{ for (i = 1; i <= NF; i++) sum += $i } END { if (NR) printf "%d", sum / 1024 }' >/tmp/buildkit
  kill -TERM $daemon 2>/dev/null
}

reap() { # what a daemon that died has left running: it has a mount namespace of its own, and would still write
  mine=$(readlink /proc/self/ns/mnt)
  for _ in 1 2 3 4 5 6 7 8 9; do
    left=
    for process in /proc/[0-9]*; do
      its=$(readlink "$process/ns/mnt" 2>/dev/null)
      case $its in "$mine" | "") ;; *) left=1 && kill -KILL "${process#/proc/}" 2>/dev/null ;; esac
    done
    [ -n "$left" ] || break
    sleep 0.2
  done
  awk -v view="$VIEW" -v root="$OWN/root/" '$2 == view || index($2, root) == 1 { print $2 }' /proc/self/mounts | sort -r |
    while read -r mounted; do umount -l "$mounted"; done
}

works() { # a daemon does here, on an empty root: what is wrong is the state, and not this node
  start "" "$OWN/trial"
  answers
  answered=$?
  kill -KILL $daemon 2>/dev/null
  wait $daemon 2>/dev/null
  reap
  discard "$OWN/trial"
  return $answered
}

again() { # whether another round follows one whose daemon nobody has told to end, and on what
  reap
  [ "$round" -lt "$ROUNDS" ] || return 1
  why=$(head -n 1 /tmp/last 2>/dev/null)
  why="BuildKit ended with code $code${why:+ ($why)}"
  wish=
  [ ! -s /tmp/asked ] || read -r wish why </tmp/asked
  prune=
  if { [ "$wish" = room ] || full; } && spared; then
    echo "$crowd" | replace "$SOCKETS/crowded"
    spare "$why"
  elif [ "$wish" = room ] && [ -z "$pruned" ]; then
    prune=$why pruned=1
    noted VolumeFull "$why; what was used longest ago was pruned"
  elif [ "$wish" = room ] || full; then
    vacate "$why"
  elif [ "$wish" = anew ]; then
    renew CacheBroken "$why"
  elif [ "$code" = 137 ] || [ "$code" = 143 ]; then # for want of memory: nothing that the state is to blame for
    noted DaemonKilled "BuildKit was killed, and started again"
  elif [ -s "$SOCKETS/round" ] && [ "$(cat "$SOCKETS/round")" = "$round" ] || works; then
    renew CacheBroken "$why"
  else
    return 1
  fi
}

succeeded() { # every solve of the pod said so
  for step in $SEAL_STEPS; do [ -f "$SOCKETS/done/$step" ] || return 1; done
}

tell() { # the solves, which tell people
  printf '{"mode":"%s","reason":"%s","note":"%s"}' "${mode-}" "$reason" "$note" >"$SOCKETS/state"
}

report() {
  content=$({
    find "$OWN"/generations/*/export -type f -links 1 -exec du -k {} +
    du -sk "$OWN/root" "$OWN/upper" "$OWN/volumes" "$OWN"/generations/*/root
    cat "$OWN"/layers/*/kib
  } 2>/dev/null | awk '{ sum += $1 } END { printf "%d", sum }')
  space
  buildkit=$(cat /tmp/buildkit 2>/dev/null)
  printf '{"seed":{%s},"sealed":{%s},"usedKib":%s,"buildkitKib":%s,"capacityKib":%s,"freeKib":%s,"reason":"%s","note":"%s"}' \
    "${seeded-}" "${sealed-}" "$content" "${buildkit:-null}" "$total" "$free" "$reason" "$note" >"$REPORT"
}

# --- A pod's time ----------------------------------------------------------------------------------------------------

mkdir -p "$OWN" && cd / || exit 1
rm -rf /tmp/said /tmp/entered /tmp/mapped /tmp/asked /tmp/last /tmp/buildkit # of this container, before it was started again
exec 9>"$OWN/lock"
flock -n 9 || { echo "another daemon is on this volume" | tee "$REPORT"; exit 75; }
rm -rf "$OWN/.root" "$OWN/trial" "$OWN"/*.new "$OWN"/generations/.[0-9]*
told= prune= pruned=
round=$(number "$SOCKETS/begun") # by this container, before it was itself started again
adopt
clean
resume
seed
repair
why=$(fault)
[ -z "$why" ] || renew CacheBroken "$why"
if full; then relieve "the volume was full before anything was built"; fi
rm -rf "$OWN/trash" &
trap 'trap "" TERM INT; told=1; end &' TERM INT
code=0
while [ -z "$told" ]; do
  round=$((round + 1))
  echo $round >"$SOCKETS/begun"
  [ $round -lt "$ROUNDS" ] || : >"$SOCKETS/last"
  tell
  view=
  if [ -s "$OWN/chain" ]; then
    mkdir -p "$OWN/upper" "$OWN/work"
    view="userxattr,$(lower),upperdir=$OWN/upper,workdir=$OWN/work" # userxattr in any namespace: a layer means the same in each
  fi
  rm -f /tmp/asked
  start "$view" "$OWN/root"
  say "daemon started; $(cat "$OWN/chain" 2>/dev/null | wc -l) folders in its view"
  [ -z "$told" ] || kill -TERM $daemon
  tend 9>&- & # the lock is not theirs
  tending=$!
  wait $daemon
  code=$?
  while kill -0 $daemon 2>/dev/null; do wait $daemon; code=$?; done # a signal ends a wait, not the daemon
  kill $tending 2>/dev/null
  # Without a report the kubelet takes the end of the log for this container's last words: why there is no daemon.
  [ -n "$told" ] || again || exit "$code"
done
trap '' TERM INT
sealed=
if [ -n "$SEAL" ] && succeeded; then
  seal && sweep || case $reason in
  NotSealed | StorageFull) ;;
  *) noted NotSealed "what was built could not be sealed, as the volume is full" ;;
  esac
fi
if full; then relieve "the volume is full after the run"; fi
! succeeded || rm -f "$OWN/origin"
report
rm -rf "$OWN/trash"
exit "$code"
