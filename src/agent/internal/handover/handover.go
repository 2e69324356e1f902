// Package handover finds out what a container is asked to do. A pod may be there before its work is: then the operator writes the
// requests of its containers into an annotation of the pod later, which the kubelet shows in a file.
package handover

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hearth.dev/agent/internal/protocol"
)

// maxRequests is the length that the file may have. The API server allows 256 KiB for all annotations of a pod.
const maxRequests = 1 << 20

// rereadEvery is the time after which the file is read again although nothing has changed in its folder: the kernel limits the
// number of watches of all containers of a node together, so there may be none.
const rereadEvery = time.Second

// Request returns what this container is asked to do. It is in the environment, or in the file that the environment names. It
// waits for the file to have it, until the context ends or the time is over that the environment names.
func Request(ctx context.Context, environment func(string) string) (string, error) {
	file := environment(protocol.RequestFileVariable)
	if file == "" {
		return protocol.Request(environment), nil
	}
	seconds, err := strconv.ParseUint(environment(protocol.RequestWithinVariable), 10, 31)
	if err != nil {
		return "", fmt.Errorf("read the number of seconds in %s: %w", protocol.RequestWithinVariable, err)
	}
	return waiter{
		file:        file,
		key:         environment(protocol.RequestKeyVariable),
		within:      time.Duration(seconds) * time.Second,
		rereadEvery: rereadEvery,
		waits:       func() {},
	}.request(ctx)
}

// waiter waits for the request of one container.
type waiter struct {
	// file has a JSON object with the requests of the pod's containers. It is empty as long as there are none.
	file string
	// key is that of the container in the object.
	key         string
	within      time.Duration
	rereadEvery time.Duration
	// waits is called before each wait.
	waits func()
}

func (w waiter) request(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.within,
		fmt.Errorf("no run has used this pod within %d s", int64(w.within.Seconds())))
	defer cancel()
	// Before the first look, so that no change is missed.
	changes := watch(filepath.Dir(w.file))
	defer changes.close()
	for {
		request, err := w.find()
		if request != "" || err != nil {
			return request, err
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		w.waits()
		changes.await(ctx, w.rereadEvery)
	}
}

// find returns the request if it is there. The kubelet replaces the file as a whole, so what is damaged stays so.
func (w waiter) find() (string, error) {
	document, err := read(w.file)
	if err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(document)) == 0 {
		return "", nil
	}
	var requests map[string]json.RawMessage
	if err := json.Unmarshal(document, &requests); err != nil {
		return "", fmt.Errorf("read the requests of this pod: %w", err)
	}
	return string(requests[w.key]), nil
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the requests of this pod: %w", err)
	}
	defer file.Close()
	document, err := io.ReadAll(io.LimitReader(file, maxRequests+1))
	if err != nil {
		return nil, fmt.Errorf("read the requests of this pod: %w", err)
	}
	if len(document) > maxRequests {
		return nil, fmt.Errorf("the requests of this pod have more than %d bytes", maxRequests)
	}
	return document, nil
}
