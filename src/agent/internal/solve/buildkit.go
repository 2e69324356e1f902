package solve

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/bklog"
	"github.com/moby/buildkit/util/progress/progresswriter"
	"github.com/sirupsen/logrus"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

const (
	// product names this client to BuildKit.
	product = "hearth"
	// probeTime is how long BuildKit may take to say that it is there.
	probeTime = 10 * time.Second
	// endTime is the usual buildKit.endTime.
	endTime = 10 * time.Second
	// dockerFolder is where the client keeps what registries are told of it, unless there are credentials for a push.
	dockerFolder = "/tmp/.docker"
)

// outcome is what an attempt came to.
type outcome struct {
	// digest is that of the pushed image; "" if none was pushed.
	digest string
	trace  *trace.Trace
	// notImported is why a cache could not be imported; "" if each could be.
	notImported string
	err         error
}

// buildKit solves with a BuildKit daemon.
type buildKit struct {
	// address is that of the daemon's API, such as unix:///var/lib/hearth/sockets/buildkitd.sock.
	address string
	// log is where people read the progress.
	log io.Writer
	// endTime is how long an attempt may go on after its context has ended.
	endTime time.Duration
}

// answers says whether BuildKit answers. A daemon that is ending refuses new connections before it gives up old ones.
func (b buildKit) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	c, err := client.New(ctx, b.address)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_, err = c.ListWorkers(ctx)
	return err == nil
}

// solve makes one attempt, and prints its progress and its error as buildctl does.
func (b buildKit) solve(ctx context.Context, request protocol.SolveRequest, imports []protocol.Import) outcome {
	collector := trace.NewCollector(request.Options["platform"])
	logger, skipped := newLogger(b.log)
	ctx = bklog.WithLogger(ctx, logger)
	shown := newProgress(collector, b.log)
	response, err := b.build(ctx, request, imports, collector, shown)
	shown.end()
	if err != nil {
		printError(b.log, err)
	}
	made := outcome{trace: collector.Trace(), err: err}
	made.notImported = made.trace.ImportError()
	if local := skipped.last(); local != "" {
		made.notImported = local
	}
	if response != nil {
		if digest := response.ExporterResponse[exptypes.ExporterImageDigestKey]; imageDigest.MatchString(digest) {
			made.digest = digest
		}
	}
	return made
}

func (b buildKit) build(
	ctx context.Context, request protocol.SolveRequest, imports []protocol.Import, collector *trace.Collector, shown *progress,
) (*client.SolveResponse, error) {
	options, err := solveOptions(request, imports)
	if err != nil {
		return nil, err
	}
	if os.Getenv(config.EnvOverrideConfigDir) == "" {
		config.SetDir(dockerFolder) // the client makes it, which it could not in a home on the read-only root file system
	}
	login := authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{
		AuthConfigProvider: authprovider.LoadAuthConfig(config.LoadDefaultConfigFile(b.log)),
	})
	if told, ok := login.(interface {
		SetLogger(logger progresswriter.Logger)
	}); ok {
		told.SetLogger(shown.add)
	}
	options.Session = []session.Attachable{login}

	c, err := client.New(ctx, b.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	// The client waits for the status of a canceled solve for as long as there is news of it, which a daemon can send for ever.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(b.endTime, func() { _ = c.Close() }) })()

	statuses := make(chan *client.SolveStatus)
	var reading sync.WaitGroup
	reading.Go(func() {
		for status := range statuses {
			shown.add(status)
		}
	})
	defer reading.Wait()
	return c.Build(ctx, options, product, frontendOf(options, collector), statuses)
}

// solveOptions returns the options of a solve. BuildKit's client changes them, so they serve one attempt.
func solveOptions(request protocol.SolveRequest, imports []protocol.Import) (client.SolveOpt, error) {
	options := client.SolveOpt{
		Frontend:      "dockerfile.v0",
		FrontendAttrs: map[string]string{},
	}
	for key, value := range request.Options {
		options.FrontendAttrs[key] = value
	}
	for _, cache := range imports {
		switch {
		case cache.Registry != "" && cache.Folder == "":
			options.CacheImports = append(options.CacheImports, client.CacheOptionsEntry{
				Type: "registry", Attrs: map[string]string{"ref": cache.Registry},
			})
		case cache.Folder != "" && cache.Registry == "":
			options.CacheImports = append(options.CacheImports, client.CacheOptionsEntry{
				Type: "local", Attrs: map[string]string{"src": cache.Folder},
			})
		default:
			return client.SolveOpt{}, fmt.Errorf("an import must have either a registry or a folder")
		}
	}
	if request.Export != "" {
		options.CacheExports = []client.CacheOptionsEntry{{Type: "local", Attrs: map[string]string{
			"dest": request.Export, "mode": "max", "reset": "true", "ignore-error": "true",
		}}}
	}
	if push := request.Push; push != nil {
		attributes := map[string]string{
			"name": push.Repository, "push": "true", "push-by-digest": "true", "oci-mediatypes": "true",
		}
		if push.Insecure {
			attributes["registry.insecure"] = "true"
		}
		options.Exports = append(options.Exports, client.ExportEntry{Type: client.ExporterImage, Attrs: attributes})
	}
	if request.Artifacts != "" {
		options.Exports = append(options.Exports, client.ExportEntry{
			Type: client.ExporterLocal, Attrs: map[string]string{}, OutputDir: files{request.Artifacts, request.Step}.path(),
		})
	}
	return options, nil
}

// frontendOf runs the frontend through BuildKit's gateway, which unlike a plain solve tells what it made of the Dockerfile.
func frontendOf(options client.SolveOpt, collector *trace.Collector) gateway.BuildFunc {
	request := gateway.SolveRequest{Frontend: options.Frontend, FrontendOpt: options.FrontendAttrs}
	for _, cache := range options.CacheImports {
		request.CacheImports = append(request.CacheImports, gateway.CacheOptionsEntry{Type: cache.Type, Attrs: cache.Attrs})
	}
	return func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		result, err := c.Solve(ctx, request)
		if err != nil {
			return nil, err
		}
		return result, result.EachRef(func(ref gateway.Reference) error {
			locate(ctx, ref, collector)
			return nil
		})
	}
}

// locate tells the trace which lines the steps of a result come from. A trace without them is of use too.
func locate(ctx context.Context, ref gateway.Reference, collector *trace.Collector) {
	state, err := ref.ToState()
	if err != nil {
		return
	}
	definition, err := state.Marshal(ctx)
	if err != nil {
		return
	}
	collector.Locate(definition.Source)
}

// printError prints an error as buildctl does: the places in the Dockerfile, and then its text.
func printError(log io.Writer, err error) {
	for _, source := range errdefs.Sources(err) {
		complete := source.Info != nil
		for _, part := range source.Ranges { // the daemon's, and Print expects all of it
			complete = complete && part != nil && part.Start != nil && part.End != nil
		}
		if complete {
			_ = source.Print(log)
		}
	}
	_, _ = fmt.Fprintf(log, "error: %v\n", err)
}

// skipped keeps what BuildKit's client logs of a folder that it cannot import.
type skipped struct {
	mu   sync.Mutex
	text string
}

// newLogger returns a logger for BuildKit's client that writes as buildctl's does.
func newLogger(log io.Writer) (*logrus.Entry, *skipped) {
	logger := logrus.New()
	logger.SetOutput(log)
	logger.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, DisableColors: true})
	hook := &skipped{}
	logger.AddHook(hook)
	return logrus.NewEntry(logger), hook
}

// Levels is part of logrus.Hook.
func (s *skipped) Levels() []logrus.Level { return []logrus.Level{logrus.WarnLevel} }

// Fire is part of logrus.Hook.
func (s *skipped) Fire(entry *logrus.Entry) error {
	if strings.HasPrefix(entry.Message, "local cache import at ") {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.text = entry.Message
	}
	return nil
}

func (s *skipped) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}
