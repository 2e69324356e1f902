package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mounter shows several folders as one.
type mounter interface {
	// Mount returns a path at which the folders are shown as one, the first above the others, and what ends that.
	Mount(lower []string) (at string, unmount func() error, err error)
}

// overlays mounts overlays of the kernel, in the mount namespace of this process.
type overlays struct{}

// Mount mounts folders by short names, since the options of a mount have no more characters than a page.
func (overlays) Mount(lower []string) (_ string, _ func() error, err error) {
	temporary, err := os.MkdirTemp("", "view")
	if err != nil {
		return "", nil, err
	}
	at := filepath.Join(temporary, "whole")
	unmount := func() error {
		// A part that is busy is let go of: nothing is removed that is still mounted.
		if err := unix.Unmount(at, unix.UMOUNT_NOFOLLOW|unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", at, err)
		}
		return os.RemoveAll(temporary)
	}
	short, err := overlayNames(temporary, lower)
	if err == nil {
		err = os.Mkdir(at, 0o700)
	}
	if err == nil {
		// userxattr in any namespace: a layer means the same in each.
		err = unix.Mount("overlay", at, "overlay", unix.MS_RDONLY|unix.MS_NODEV|unix.MS_NOSUID|unix.MS_NOEXEC,
			"userxattr,lowerdir="+strings.Join(short, ":"))
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("mount an overlay: %w", err), os.RemoveAll(temporary))
	}
	return at, unmount, nil
}

// overlayNames makes links to folders and returns their names, which have no character that an option gives a meaning to.
func overlayNames(in string, lower []string) ([]string, error) {
	var short []string
	for i, each := range lower {
		link := filepath.Join(in, fmt.Sprint(i))
		if err := os.Symlink(each, link); err != nil {
			return nil, err
		}
		short = append(short, link)
	}
	return short, nil
}
