package preflight

import "golang.org/x/sys/unix"

// makeWritable tries to make a read-only mount writable, in every way that the kernel has, and says whether it could. A mount
// that was writable stays so and counts as made writable.
func makeWritable(mount string) bool {
	changed := unix.MountSetattr(unix.AT_FDCWD, mount, 0, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}) == nil
	if unix.Mount("", mount, "", unix.MS_REMOUNT|unix.MS_BIND, "") == nil {
		changed = true
	}
	// Other flags may be locked too: with them kept, only this one is tried.
	var status unix.Statfs_t
	if unix.Statfs(mount, &status) == nil && unix.Mount("", mount, "", unix.MS_REMOUNT|unix.MS_BIND|kept(status.Flags), "") == nil {
		changed = true
	}
	return changed
}

// kept returns the flags of a mount but that it is read-only.
func kept(flags int64) uintptr {
	var kept uintptr
	for _, flag := range []struct{ status, mount uintptr }{
		{unix.ST_NOSUID, unix.MS_NOSUID},
		{unix.ST_NODEV, unix.MS_NODEV},
		{unix.ST_NOEXEC, unix.MS_NOEXEC},
		{unix.ST_NOATIME, unix.MS_NOATIME},
		{unix.ST_NODIRATIME, unix.MS_NODIRATIME},
		{unix.ST_RELATIME, unix.MS_RELATIME},
	} {
		if uintptr(flags)&flag.status != 0 {
			kept |= flag.mount
		}
	}
	return kept
}
