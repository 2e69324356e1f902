//go:build e2e

package e2e

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Dockerfiles of the tests. A file that a lower layer has is removed in the second step: if the layers of a volume were
// confused, it would be there again.
const (
	dockerfileLook = `FROM IMAGE
RUN ["/step", "make"]
RUN ["/step", "remove"]
ARG V
RUN --mount=type=cache,target=/cache ["/step", "record"]
ARG LOOK
RUN --mount=type=cache,target=/cache ["/step", "look"]
`
	dockerfileRecord = `FROM IMAGE
RUN ["/step", "make"]
RUN ["/step", "remove"]
ARG V
RUN --mount=type=cache,target=/cache ["/step", "record-right"]
`
	dockerfileImport = `FROM IMAGE
RUN ["/step", "make"]
RUN ["/step", "remove"]
ARG V
RUN ["/step", "removed"]
`
	dockerfileFill = `FROM IMAGE
RUN --mount=type=cache,target=/cache ["/step", "record"]
ARG MIB
RUN ["/step", "fill"]
`
	// The second layer keeps the first one from being the last, which BuildKit leaves as one that can be changed: such a
	// layer is not sealed but copied with each generation.
	dockerfileLarge = dockerfileFill + `RUN ["/step", "make"]
`
	dockerfileUnsealed = `FROM IMAGE
RUN --mount=type=cache,target=/cache ["/step", "mark"]
RUN ["/step", "fail"]
`
	dockerfileFails = `FROM IMAGE
RUN --mount=type=cache,target=/cache ["/step", "say-full"]
`
	dockerfileWaits = `FROM IMAGE
ARG AT
RUN --mount=type=cache,target=/cache ["/step", "wait"]
`
	dockerfileTool = `FROM IMAGE
RUN --mount=type=cache,target=/cache ["/step", "tool"]
`
)

// runStep is a step of a build, in an image that has nothing but this program.
func runStep(arguments []string) int {
	if len(arguments) != 1 {
		fmt.Println("a step has one argument")
		return 2
	}
	if err := steps[arguments[0]](); err != nil {
		fmt.Println(err)
		return 3
	}
	return 0
}

var steps = map[string]func() error{
	"make": func() error {
		return errors.Join(os.Mkdir("/d", 0o755), os.WriteFile("/d/a", nil, 0o644), os.WriteFile("/d/b", nil, 0o644))
	},
	"remove":  func() error { return os.Remove("/d/a") },
	"removed": requireRemoved,
	"record":  record,
	"record-right": func() error {
		return errors.Join(record(), requireRecorded())
	},
	"look": func() error {
		if os.Getenv("LOOK") == "" {
			return nil
		}
		lines, err := os.ReadFile("/cache/lines")
		if err != nil {
			return err
		}
		if !slices.Contains(strings.Split(string(lines), "\n"), os.Getenv("V")) {
			return fmt.Errorf("the cache mount lacks %s: %q", os.Getenv("V"), lines)
		}
		return requireRecorded()
	},
	"fill": fill,
	"mark": func() error { return os.WriteFile("/cache/mark-"+rand.Text(), nil, 0o644) },
	"fail": func() error { return errors.New("this step fails") },
	"say-full": func() error {
		return errors.Join(appendLine("/cache/tries", "tried"), errors.New("error: no space left on device"))
	},
	"wait": func() error {
		if _, err := os.Stat("/cache/second"); err == nil {
			return nil
		}
		if err := os.WriteFile("/cache/second", nil, 0o644); err != nil {
			return err
		}
		_, err := http.Get("http://" + os.Getenv("AT") + "/wait")
		return fmt.Errorf("the wait has ended: %w", err)
	},
	"tool": func() error { return os.WriteFile("/cache/tool", []byte("good\n"), 0o755) },
}

func record() error {
	found, err := namesIn("/d")
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return errors.Join(
		appendLine("/cache/lines", os.Getenv("V")),
		os.WriteFile("/found-"+os.Getenv("V"), []byte(strings.Join(found, " ")), 0o644))
}

func requireRemoved() error {
	found, err := namesIn("/d")
	if err != nil {
		return err
	}
	if !slices.Equal(found, []string{"b"}) {
		return fmt.Errorf("/d has %v", found)
	}
	return nil
}

// requireRecorded returns an error unless exactly one step has recorded what is right.
func requireRecorded() error {
	paths, err := filepath.Glob("/found-*")
	if err != nil {
		return err
	}
	if len(paths) != 1 {
		return fmt.Errorf("there are %v", paths)
	}
	content, err := os.ReadFile(paths[0])
	if err != nil {
		return err
	}
	if string(content) != "b" {
		return fmt.Errorf("%s was found in /d", content)
	}
	return nil
}

func fill() error {
	mib, err := strconv.Atoi(os.Getenv("MIB"))
	if err != nil {
		return err
	}
	file, err := os.Create("/made")
	if err != nil {
		return err
	}
	chunk := make([]byte, 1<<20)
	for range mib {
		if _, err := file.Write(chunk); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

func appendLine(path, line string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line + "\n")
	return errors.Join(err, file.Close())
}

func namesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, err
}
