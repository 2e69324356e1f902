# Fills the directories that a task finds as an earlier one left them, removes what is of no use any more, and waits until
# the task's own container has ended, which the kubelet says with SIGTERM: then it measures what is there, and says so in
# the termination message. Needs bash, coreutils and grep.
#   cache SECONDS [cache KEY WORK SOURCE | remove KEY/WORK | known KEY/WORK]...    SOURCE is a folder, or empty
# The files are somebody else's: any name, any kind, no link is followed. It may be killed at any moment: a directory is
# filled under another name and gets its own once it is complete. Whatever goes wrong, the task begins, if need be with an
# empty directory.
exec 2>/dev/null # a name in an error would be somebody else's words in the log
set -u
export LC_ALL=C # a name may be any bytes
umask 0002      # another user of the same group may have to remove it
OWN=${CACHE_OWN:-/hearth/own}       # the volume that this pod writes
STATE=${CACHE_STATE:-/hearth/state} # of this pod, and gone with it
MESSAGE=${CACHE_MESSAGE:-/dev/termination-log}
MEASURED_WITHIN=${CACHE_MEASURED_WITHIN:-20}
MOST_FOUND=40 # a termination message has 4 KiB

# No signal is missed, whenever it comes, and none waits for a long copy.
ended= job=
trap 'ended=yes; [ -z "$job" ] || kill "$job"' TERM
run() { # COMMAND...    in the background, so that a signal ends it
  [ -z "$ended" ] || return 1
  "$@" &
  job=$!
  [ -z "$ended" ] || kill "$job"
  wait "$job"
  local code=$?
  job=
  return "$code"
}

limit=$1
shift
caches=() remove=()
declare -A known=()
while [ $# -gt 1 ]; do
  case $1 in
    cache) caches+=("$2" "$3" "$4"); known[$2/$3]=yes; shift 4 ;;
    remove) remove+=("$2"); known[$2]=yes; shift 2 ;;
    known) known[$2]=yes; shift 2 ;;
    *) break ;;
  esac
done

millis() { echo $((${EPOCHREALTIME//[!0-9]/} / 1000)); }

kib() { # FOLDER
  local size
  size=$(du -sk -- "$1") && echo "${size%%[!0-9]*}" || echo 0
}

removed=false
remove() {
  local folder all=true
  for folder in ${remove[@]+"${remove[@]}"}; do
    wipe "$OWN/$folder" "$OWN/${folder%/*}/.${folder#*/}.part" || all=false
  done
  removed=$all
}

wipe() { # FOLDER...    also what has no write permission for its owner
  run rm -rf -- "$@" && return
  run chmod -R u+rwX -- "$@"
  run rm -rf -- "$@"
}

copy() { # FROM TO
  run timeout -k 5 "$limit" cp -a --reflink=auto -- "$1" "$2" 2>"$STATE/error" >/dev/null
}

restore() { # KEY WORK SOURCE
  local target=$OWN/$1/$2 part=$OWN/$1/.$2.part began error= size=0 code=0
  began=$(millis)
  wipe "$target" "$part" # of a pod of this name that is gone
  mkdir -p "$OWN/$1"
  if [ -n "$3" ]; then
    copy "$3" "$part" || code=$?
    if [ "$code" -ne 0 ] && [ "$code" -ne 124 ] && [ ${#remove[@]} -gt 0 ]; then
      code=0 # maybe for want of room
      wipe "$part"
      remove
      copy "$3" "$part" || code=$?
    fi
    [ -z "$ended" ] || return # half of it, under a name that nobody reads
    if [ "$code" -eq 0 ]; then
      chmod u+rwx,a+rwx "$part"
      size=$(kib "$part")
    else
      error=$(tail -n 1 "$STATE/error")
      error=${error##*: }
      error=${error//[^A-Za-z0-9 ]/}
      [ "$code" -ne 124 ] || error="it took longer than $limit s"
      [ -n "$error" ] || error="exit code $code"
      wipe "$part"
    fi
  fi
  if [ ! -d "$part" ]; then
    mkdir -p "$part"
    chmod 0777 "$part"
  fi
  mv -T -- "$part" "$target"
  printf '"%s":{"kib":%d,"millis":%d,"error":"%s"}' "$1" "$size" $(($(millis) - began)) "$error"
}

if [ ! -e "$STATE/ready" ]; then
  restored=
  for ((at = 0; at < ${#caches[@]} && ${#ended} == 0; at += 3)); do
    restore "${caches[at]}" "${caches[at + 1]}" "${caches[at + 2]}" >"$STATE/one"
    restored=$restored${restored:+,}$(<"$STATE/one")
  done
  [ -z "$ended" ] || exit 0 # the task never began
  printf '%s' "$restored" >"$STATE/restored"
  : >"$STATE/ready"
fi

remove
[ -n "$ended" ] || run sleep infinity
trap '' TERM

found=()
for folder in "$OWN"/*/* "$OWN"/*/.*.part; do
  [ -d "$folder" ] && [ ! -L "$folder" ] || continue
  folder=${folder#"$OWN"/}
  work=${folder#*/}
  work=${work#.}
  folder=${folder%%/*}/${work%.part}
  [[ $folder =~ ^[0-9a-f]{16}/[0-9a-f]{16}$ ]] && [ -z "${known[$folder]:-}" ] || continue
  known[$folder]=yes
  [ ${#found[@]} -ge "$MOST_FOUND" ] || found+=("\"$folder\"")
done

say() { # [JSON]
  local IFS=,
  printf '{"restored":{%s},"removed":%s,"found":[%s]%s}' \
    "$(<"$STATE/restored")" "$removed" "${found[*]-}" "${1:-}" >"$MESSAGE"
}

say # true already, should there be no time for more
sizes=$(timeout -k 1 "$MEASURED_WITHIN" du -k --max-depth=2 -- "$OWN") || [ -n "$sizes" ] || exit 0
left=
for ((at = 0; at < ${#caches[@]}; at += 3)); do
  size=$(grep -F -- "	$OWN/${caches[at]}/${caches[at + 1]}" <<<"$sizes" | head -n 1)
  [ -z "$size" ] || left=$left${left:+,}\"${caches[at]}\":${size%%[!0-9]*}
done
content=$(tail -n 1 <<<"$sizes")
usage=
if [ "${content#*	}" = "$OWN" ]; then # as a whole, not cut short
  read -r block blocks free < <(stat -f -c '%S %b %a' -- "$OWN")
  usage=",\"content\":${content%%[!0-9]*},\"capacity\":$((block * blocks / 1024)),\"free\":$((block * free / 1024))"
fi
say ",\"left\":{$left}$usage"
