package solve

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/containerd/containerd/v2/core/leases"
	"github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	contentlocal "github.com/containerd/containerd/v2/plugins/content/local"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/util/grpcerrors"
	digest "github.com/opencontainers/go-digest"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"google.golang.org/grpc/codes"
)

// sent returns an error as a client receives it.
func sent(err error) error {
	return fmt.Errorf("failed to solve: %w", grpcerrors.FromGRPC(grpcerrors.ToGRPC(context.Background(), err)))
}

func process(command string, err error) error {
	return fmt.Errorf("process %q did not complete successfully: %w", command, err)
}

// made returns errors that the libraries which BuildKit contains make themselves.
func made(t *testing.T) map[string]error {
	t.Helper()
	ctx := namespaces.WithNamespace(context.Background(), "buildkit")
	folder := t.TempDir()
	content, err := contentlocal.NewStore(folder)
	if err != nil {
		t.Fatal(err)
	}
	database, err := bbolt.Open(filepath.Join(folder, "metadata.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	db := metadata.NewDB(database, content, map[string]snapshots.Snapshotter{"overlayfs": nil})
	if err := db.Init(ctx); err != nil {
		t.Fatal(err)
	}
	errs := map[string]error{}
	missing := digest.FromString("missing")
	_, errs["content of the store"] = content.Info(ctx, missing)
	_, errs["content of the database"] = db.ContentStore().Info(ctx, missing)
	_, errs["a snapshot"] = db.Snapshotter("overlayfs").Stat(ctx, "missing")
	_, errs["resources of a lease"] = metadata.NewLeaseManager(db).ListResources(ctx, leases.Lease{ID: "missing"})
	for what, err := range errs {
		if err == nil {
			t.Fatalf("there is no error for %s", what)
		}
	}
	return errs
}

func TestClassifyErrorsOfLibraries(t *testing.T) {
	for what, err := range made(t) {
		if got := classify(sent(err)); got != damaged {
			t.Errorf("%s: %q is of kind %d", what, sent(err), got)
		}
	}
}

func TestClassify(t *testing.T) {
	exit := func(code uint32) error { return &gateway.ExitError{ExitCode: code} }
	for _, test := range []struct {
		err  error
		want kind
	}{
		{process("/bin/sh -c make", exit(2)), stepExited},
		{process("/bin/sh -c exit 255", exit(255)), stepExited},
		{process("/bin/sh -c echo 'no space left on device'; exit 1", exit(1)), stepExited},
		{process("/bin/sh -c make", &gateway.ExitError{ExitCode: 137, Err: syscall.ENOMEM}), stepExited},
		{process("/bin/sh -c make", &gateway.ExitError{ExitCode: 255, Err: errors.New("failed to mount: input/output error")}), damaged},
		{process("/bin/sh -c make", &gateway.ExitError{ExitCode: 255, Err: fmt.Errorf("mkdir: %w", syscall.ENOSPC)}), noSpace},
		// A Dockerfile does not decide by the words of a command.
		{process("/bin/sh -c echo 'invalid database'", context.Canceled), other},
		{process("/bin/sh -c echo 'x did not complete successfully: invalid database'", context.Canceled), other},

		{fmt.Errorf("error committing abc: write /var/lib/x: %w", syscall.ENOSPC), noSpace},
		{bolterrors.ErrInvalid, damaged},
		{fmt.Errorf("read /x: %w", syscall.EIO), damaged},
		{fmt.Errorf("lstat /x: %w", syscall.EUCLEAN), damaged},
		{errors.New("failed to compute cache key: lstat /var/lib/hearth/view/1: no such file or directory"), damaged},
		{errors.New("lstat /app/main: no such file or directory"), other},
		{errors.New("failed to prepare sha256:1 as abc: rename: file exists"), damaged},
		{errors.New("failed to create snapshot: missing parent \"a\" bucket: not found"), damaged},
		{errors.New("failed to restore missing snapshot abc: no blob available"), damaged},
		{errors.New("failed to stat snapshot abc: context deadline exceeded"), damaged},
		{errors.New("failed to configure local cache importer: local cache importer requires explicit digest"), damaged},
		// Of a real daemon, from an imported folder without one of its layers.
		{errors.New("failed to compute cache key: NotFound: rpc error: code = NotFound desc = content sha256:3460839ca26feec2ed4d9b6d535ac673051d4d99c9fa1fd5c6594ea0c3019c1e: not found"), damaged},

		{errors.New("failed to read dockerfile: open Dockerfile: no such file or directory"), other},
		{errors.New(`failed to compute cache key: failed to calculate checksum of ref a::b: "/tool": not found`), other},
		{grpcerrors.WrapCode(errors.New("connection refused"), codes.Unavailable), other},
		{context.DeadlineExceeded, other},
	} {
		if got := classify(sent(test.err)); got != test.want {
			t.Errorf("%q is of kind %d, want %d", test.err, got, test.want)
		}
	}
}

// Every row of the table of words is of use: a text of its parts alone is recognised by it.
func TestWords(t *testing.T) {
	for i, known := range words {
		text := strings.Join(known.parts, "x")
		if got := classify(errors.New(text)); got != known.kind {
			t.Errorf("row %d: %q is of kind %d", i, text, got)
		}
		for j, earlier := range words[:i] {
			if containsInOrder(text, earlier.parts) {
				t.Errorf("row %d is never reached, since row %d has its text", i, j)
			}
		}
	}
}

func FuzzClassify(f *testing.F) {
	f.Add("failed to solve: process \"a\" did not complete successfully: exit code: 1")
	f.Fuzz(func(t *testing.T, text string) {
		classify(errors.New(text))
	})
}
