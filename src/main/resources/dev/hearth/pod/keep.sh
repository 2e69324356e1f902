# Waits until the task's own container has ended, which the kubelet says with SIGTERM, and keeps what the task left: its
# report files on stdout, how many they are and what its artifact is in the termination message. Needs bash, coreutils,
# findutils, tar and gzip, and the function of artifact.sh. What it reads is somebody else's: any name, any kind of file.
#   keep ARTIFACT [junit|files FOLDER REGEX]...    ARTIFACT is a folder, or empty; a REGEX is of whole paths in its FOLDER
# It may be killed at any moment: a task that does not heed its own end leaves it two seconds. So what counts comes first,
# in parts that are complete each, and the message is true after each of them. The last part lists files that were left
# out, the first of them: KIND REASON LIMIT PATH, each ended by NUL.
exec 2>/dev/null # a name in an error would be somebody else's words in the log

# No signal is missed, whenever it comes: before there is a sleeper, or before anybody waits for it.
ended=
trap 'ended=yes; [ -z "$!" ] || kill "$!"' TERM
sleep infinity &
[ -n "$ended" ] || wait "$!"
trap '' TERM

set -u
export LC_ALL=C # a name may be any bytes
BYTES=${KEEP_BYTES:-5242880}          # of all parts, compressed: in base64 they have to fit a log, rotated at 10 MiB
RAW_BYTES=${KEEP_RAW_BYTES:-67108864} # of all files
FILE_BYTES=${KEEP_FILE_BYTES:-2097152}
FILES=${KEEP_FILES:-1000}
PART_BYTES=262144                     # of a part's files: no more than this is lost where it would be too much
LEFT_OUT=20                           # files that were left out and are named
LOOKED_AT=100000                      # beyond, files are not even counted
MESSAGE=${KEEP_MESSAGE:-/dev/termination-log}

artifact=$1
shift
found=0 kept=0 kept_bytes=0 sent=0 raw=0
batch=() batch_bytes=0
left_out=()
declare -A seen=()

say() { # [JSON]    it goes before what there is to say of reports
  printf '{%s"reports":{"files":%d,"kib":%d,"leftOut":%d}}' "${1:-}" \
    "$kept" $(((kept_bytes + 1023) / 1024)) $((found - kept)) >"$MESSAGE"
}

is_real() { # FOLDER    whether it is there, with no link on the way to it
  [ -d "$1" ] && [ "$(realpath -e -- "$1")" = "$1" ]
}

leave_out() { # KIND REASON LIMIT PATH
  [ ${#left_out[@]} -ge "$LEFT_OUT" ] || left_out+=("$*")
}

send() { # KIND    the files of the batch
  [ ${#batch[@]} -gt 0 ] || return 0
  local part length path
  part=$(printf '%s\0' "${batch[@]}" |
    tar -C / -c --format=gnu --owner=0 --group=0 --numeric-owner --no-recursion --null -T - |
    gzip -c | base64 -w 8000)
  length=$((${#part} * 3 / 4))
  if [ $((sent + length)) -le "$BYTES" ]; then
    printf 'part %s\n%s\n' "$1" "$part"
    sent=$((sent + length)) kept=$((kept + ${#batch[@]})) kept_bytes=$((kept_bytes + batch_bytes))
  else
    for path in "${batch[@]}"; do leave_out "$1" log "$BYTES" "$path"; done
  fi
  batch=() batch_bytes=0
  say
}

collect() { # KIND FOLDER REGEX
  local file length path
  is_real "$2" || return 0
  while IFS= read -r -d '' file; do
    length=${file%% *} path=${file#* /}
    [ -z "${seen[$path]:-}" ] || continue
    seen[$path]=yes
    found=$((found + 1))
    if [ "$length" -gt "$FILE_BYTES" ]; then
      leave_out "$1" size "$FILE_BYTES" "$path" && continue
    elif [ $((raw + length)) -gt "$RAW_BYTES" ]; then
      leave_out "$1" total "$RAW_BYTES" "$path" && continue
    elif [ $((kept + ${#batch[@]})) -ge "$FILES" ]; then
      leave_out "$1" count "$FILES" "$path" && continue
    elif [ ! -r "/$path" ]; then
      leave_out "$1" unreadable 0 "$path" && continue
    fi
    [ $((batch_bytes + length)) -le "$PART_BYTES" ] || send "$1"
    batch+=("$path") batch_bytes=$((batch_bytes + length)) raw=$((raw + length))
  done < <(find "$2" -regextype posix-extended -type f -regex "$3" -printf '%s %p\0' |
    head -z -n "$LOOKED_AT" | sort -z -k 2)
  send "$1"
}

say
while [ $# -ge 3 ]; do
  collect "$1" "$2" "$3"
  shift 3
done
[ ${#left_out[@]} = 0 ] || printf 'part left-out\n%s\n' "$(printf '%s\0' "${left_out[@]}" | base64 -w 8000)"
echo end
say

[ -n "$artifact" ] || exit 0
if [ -e "$artifact" ] && ! is_real "$artifact"; then
  say '"unreadable":true,'
elif ! state=$(artifact "$artifact"); then
  say '"unreadable":true,'
elif [ -z "$state" ]; then
  say '"missing":true,'
else
  { read -r digest; read -r files kib; } <<<"$state"
  say "\"artifact\":{\"digest\":\"$digest\",\"files\":$files,\"kib\":$kib},\"missing\":false,"
fi
