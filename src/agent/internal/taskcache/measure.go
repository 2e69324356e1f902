package taskcache

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"

	"hearth.dev/agent/internal/protocol"
)

// mostFound is the number of unknown states that are reported at once. The next pod reports others.
const mostFound = 40

// report writes what is known so far. It names as many unknown states as there is room for: a report that is cut off says
// nothing.
func (r *run) report() error {
	report := protocol.TaskCacheReport{
		Version:  protocol.Version,
		Restored: r.restored,
		Removed:  r.removed,
		Found:    r.unknown(),
		LeftKiB:  r.left,
		Usage:    r.usage,
	}
	for {
		document, err := json.Marshal(report)
		if err != nil {
			return err
		}
		if len(document) <= protocol.MaxReport || len(report.Found) == 0 {
			return protocol.WriteReport(r.Report, report)
		}
		report.Found = report.Found[:len(report.Found)-1]
	}
}

// measure reports what the task has left: first which states there are, then the sizes of its caches, then the volume's. What
// cannot be measured in time is missing. It fails if the report cannot be written.
func (r *run) measure(ctx context.Context) error {
	written := r.report()
	own, err := os.OpenRoot(r.Own)
	if err != nil {
		return written
	}
	defer own.Close()
	m := measurement{names: map[identity]bool{}}
	r.left = map[string]int64{}
	var total int64
	measured := map[string]bool{}
	for _, cache := range r.request.Caches {
		state := cache.Key + "/" + cache.Work
		if _, err := own.Lstat(state); err != nil {
			continue
		}
		used, err := m.entry(ctx, own, state, 0)
		if err != nil {
			return errors.Join(written, r.report())
		}
		r.left[cache.Key] = inKiB(used)
		total += used
		measured[state] = true
	}
	written = errors.Join(written, r.report())
	rest, err := m.volume(ctx, own, measured)
	if err != nil {
		return written
	}
	if capacity, free, err := volumeSize(r.Own); err == nil {
		r.usage = &protocol.VolumeUsage{
			ContentKiB:   inKiB(total + rest),
			ArtifactsKiB: inKiB(m.artifacts),
			CapacityKiB:  capacity,
			FreeKiB:      free,
		}
		written = errors.Join(written, r.report())
	}
	return written
}

// unknown returns states on the volume of which nobody has told this pod, also those that a killed pod has left half copied.
func (r *run) unknown() []string {
	found := []string{}
	own, err := os.OpenRoot(r.Own)
	if err != nil {
		return found
	}
	defer own.Close()
	known := map[string]bool{}
	for _, cache := range r.request.Caches {
		known[cache.Key+"/"+cache.Work] = true
	}
	for _, state := range slices.Concat(r.request.Remove, r.request.Known) {
		known[state] = true
	}
	enough := errors.New("enough")
	_ = eachName(own, func(key string) error {
		folder, err := openFolder(own, key)
		if err != nil {
			return nil
		}
		defer folder.Close()
		err = eachName(folder, func(name string) error {
			state := stateOf(key, name)
			if !stateName.MatchString(state) || known[state] {
				return nil
			}
			if info, err := folder.Lstat(name); err != nil || !info.IsDir() {
				return nil
			}
			known[state] = true
			found = append(found, state)
			if len(found) == mostFound {
				return enough
			}
			return nil
		})
		if errors.Is(err, enough) {
			return enough
		}
		return nil
	})
	slices.Sort(found)
	return found
}

// stateOf returns the name of the state that a folder has, complete or not.
func stateOf(key, name string) string {
	if part := partName.FindStringSubmatch(name); part != nil {
		name = part[1]
	}
	return key + "/" + name
}

// openFolder opens a folder that is no link.
func openFolder(root *os.Root, name string) (*os.Root, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, cause("it is not a folder")
	}
	return root.OpenRoot(name)
}

// measureState returns the disk usage of a state in KiB, as far as it can be read.
func measureState(ctx context.Context, own *os.Root, name string) int64 {
	m := measurement{names: map[identity]bool{}}
	used, err := m.entry(ctx, own, name, 0)
	if err != nil {
		return 0
	}
	return inKiB(used)
}

// measurement adds up what files occupy. It counts a file with several names once, and leaves out what cannot be read.
type measurement struct {
	names map[identity]bool
	// artifacts are the bytes of the artifacts of tasks, once the volume is measured.
	artifacts int64
}

// entry returns the bytes of a file, or of a folder with all that is in it. It fails only if ctx has ended.
func (m *measurement) entry(ctx context.Context, root *os.Root, name string, depth int) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	info, err := root.Lstat(name)
	if err != nil {
		return 0, nil
	}
	if id, several := identityOf(info); several {
		if m.names[id] {
			return 0, nil
		}
		if len(m.names) < mostLinks {
			m.names[id] = true
		}
	}
	used := diskUsage(info)
	if !info.IsDir() || depth == deepest {
		return used, nil
	}
	folder, err := root.OpenRoot(name)
	if err != nil {
		return used, nil
	}
	defer folder.Close()
	content, err := m.content(ctx, folder, depth+1, func(string) bool { return true })
	return used + content, err
}

// volume returns the bytes of all that is on the volume but some states.
func (m *measurement) volume(ctx context.Context, own *os.Root, without map[string]bool) (int64, error) {
	info, err := own.Lstat(".")
	if err != nil {
		return 0, nil
	}
	used := diskUsage(info)
	err = eachName(own, func(key string) error {
		folder, err := openFolder(own, key)
		if err != nil {
			entry, err := m.entry(ctx, own, key, 0)
			used += entry
			return err
		}
		defer folder.Close()
		var own int64
		if info, err := folder.Lstat("."); err == nil {
			own = diskUsage(info)
		}
		content, err := m.content(ctx, folder, 1, func(name string) bool { return !without[key+"/"+name] })
		used += own + content
		if key == artifacts {
			m.artifacts = own + content
		}
		return err
	})
	return used, cut(ctx, err)
}

// content returns the bytes of the chosen entries of a folder.
func (m *measurement) content(
	ctx context.Context, folder *os.Root, depth int, chosen func(name string) bool) (int64, error) {
	var used int64
	err := eachName(folder, func(name string) error {
		if !chosen(name) {
			return nil
		}
		entry, err := m.entry(ctx, folder, name, depth)
		used += entry
		return err
	})
	return used, cut(ctx, err)
}

// cut returns an error if a measurement was cut short by the end of its time.
func cut(ctx context.Context, err error) error {
	if err != nil {
		return ctx.Err()
	}
	return nil
}

func inKiB(bytes int64) int64 { return (bytes + 1023) / 1024 }
