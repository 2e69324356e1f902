seed=/var/lib/hearth/volumes/trusted
view=/var/lib/hearth/view
parent=$PPID
attempt() { # NAME COMMAND: what it tries is to leave a file called evil
  name=$1
  shift
  sh -c "$*" >/dev/null 2>&1
  if [ -n "$(find $seed -name evil 2>/dev/null | head -n 1)" ]; then echo "BROKEN: $name"; else echo "HELD: $name"; fi
}
mkdir -p /tmp/a /tmp/b /tmp/up /tmp/work
attempt "plain write" "echo >$seed/evil; echo >>$seed/generations/1/chain; rm -rf $seed/layers"
attempt "remount" "mount -o remount,rw,bind $seed && echo >$seed/evil"
attempt "remount without bind" "mount -o remount,rw $seed && echo >$seed/evil"
attempt "bind elsewhere" "mount --bind $seed /tmp/a && mount -o remount,rw,bind /tmp/a && echo >/tmp/a/evil"
attempt "all mounts elsewhere" "mount --rbind / /tmp/b && mount -o remount,rw,bind /tmp/b$seed && echo >/tmp/b$seed/evil"
attempt "unmount" "umount -l $seed; echo >$seed/evil; true"
attempt "overlay that writes there" "mount -t overlay overlay -o userxattr,lowerdir=/tmp/up,upperdir=$seed/layers,workdir=$seed/generations /tmp/a && echo >/tmp/a/evil"
attempt "one more user namespace" "unshare -U -r -m sh -c 'mount -o remount,rw,bind $seed && echo >$seed/evil'"
attempt "namespaces of the parent" "nsenter -t $parent -U -m sh -c 'mount -o remount,rw,bind $seed && echo >$seed/evil'"
attempt "mounts of the first process" "nsenter -t 1 -m sh -c 'mount -o remount,rw,bind $seed && echo >$seed/evil'"
attempt "root of the parent" "echo >/proc/$parent/root$seed/evil"
attempt "memory of the parent" "exec 3<>/proc/$parent/mem && echo >/tmp/written-to-memory"
[ ! -e /tmp/written-to-memory ] || echo "BROKEN: memory of the parent"
attempt "disk of the node" "for n in 8:0 253:0 254:0 259:0; do mknod /tmp/disk b \${n%:*} \${n#*:} && mount /tmp/disk /tmp/a && touch /tmp/a/evil; rm -f /tmp/disk; done"
attempt "view" "find $view -name tool -exec sh -c 'echo evil >\"\$0\"; touch \"\${0%/*}/evil\"' {} \;"
[ -n "$(find $view -name evil | head -n 1)" ] && echo "HELD: its own view can be written, as it should"
