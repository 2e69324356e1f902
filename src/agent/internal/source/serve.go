package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hearth.dev/agent/internal/children"
	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

const (
	// mostConnections is the number of connections at a time. Beyond, they are closed.
	mostConnections = 32
	// mostRequest is the length of the request with which a connection begins.
	mostRequest = 4096
	// requestTime is the time in which it has to be there.
	requestTime = 30 * time.Second
	// mostComplaint is the length of what the log shows of one connection.
	mostComplaint = 300
	// idleTime is how long git waits for a client, in seconds: steps of the build can connect, too.
	idleTime = "--timeout=300"
	// readyPause is the time between two looks for a server that begins to listen.
	readyPause = 50 * time.Millisecond
)

// Serve serves one bare repository over git's own protocol, to read, to all who reach the address, until the context ends. It
// does what git's daemon does, which is in no image of BuildKit. It returns the exit code of the process.
func Serve(ctx context.Context, request protocol.ServeRequest, said io.Writer) int {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // git gets the socket itself
	listener, err := config.Listen(ctx, "tcp", request.Address)
	if err != nil {
		fmt.Fprintln(said, "hearth: serve the commit:", err)
		return codeFailed
	}
	s := &server{
		repository: request.Repository, environment: environment(os.Environ()), children: children.New(), said: said,
	}
	go s.children.Collect(ctx)
	if err := s.serve(ctx, listener); err != nil {
		fmt.Fprintln(said, "hearth: serve the commit:", err)
		return codeFailed
	}
	return 0
}

// Ready waits until the address is served. It fails if the context ends before.
func Ready(ctx context.Context, address string) error {
	var dialer net.Dialer
	for {
		connection, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody serves the commit: %w", err)
		case <-time.After(readyPause):
		}
	}
}

type server struct {
	repository  string
	environment []string
	children    *children.Children
	said        io.Writer
}

// serve closes the listener when the context ends.
func (s *server) serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	slots := make(chan struct{}, mostConnections)
	for {
		connection, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case slots <- struct{}{}:
		default:
			connection.Close()
			continue
		}
		go func() {
			defer func() { <-slots }()
			defer connection.Close()
			if err := s.answer(ctx, connection); err != nil && ctx.Err() == nil {
				fmt.Fprintln(s.said, "hearth: a connection:", plain.Text(err.Error(), mostComplaint))
			}
		}()
	}
}

// answer serves a connection.
func (s *server) answer(ctx context.Context, connection net.Conn) error {
	if err := connection.SetDeadline(time.Now().Add(requestTime)); err != nil {
		return err
	}
	asked, err := readRequest(connection)
	if errors.Is(err, io.EOF) {
		return nil // it only looked whether somebody listens
	}
	if err != nil {
		return err
	}
	if asked.service != "git-upload-pack" || asked.path != "/"+filepath.Base(s.repository) {
		_, err := io.WriteString(connection, packet("ERR access denied or repository not exported"))
		return err
	}
	// Git reads and writes the connection itself, so that its end is the end of the connection.
	socket, err := file(connection)
	if err != nil {
		return err
	}
	defer socket.Close()
	command := exec.CommandContext(ctx, "git", "upload-pack", "--strict", idleTime, s.repository)
	command.Env = s.environment
	if asked.version != "" {
		command.Env = append(command.Env[:len(command.Env):len(command.Env)], "GIT_PROTOCOL="+asked.version)
	}
	words := &tail{most: mostComplaint}
	command.Stdin, command.Stdout, command.Stderr = socket, socket, words
	command.WaitDelay = endTime
	if err := s.children.Start(command); err != nil {
		return err
	}
	if err := s.children.Wait(command); err != nil {
		return fmt.Errorf("git upload-pack: %w: %s", err, words.kept)
	}
	return nil
}

// file returns the socket of a connection, which is closed for this program.
func file(connection net.Conn) (*os.File, error) {
	tcp, ok := connection.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("%T is no connection of TCP", connection)
	}
	defer tcp.Close()
	return tcp.File()
}

// request is what somebody wants who connects.
type request struct {
	service, path string
	// version is what is said about the version of the protocol; "" for nothing.
	version string
}

// readRequest reads the packet with which a connection begins, and not a byte more. It returns io.EOF if there is none.
func readRequest(connection io.Reader) (request, error) {
	var length [4]byte
	if _, err := io.ReadFull(connection, length[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return request{}, io.EOF
		}
		return request{}, fmt.Errorf("read a request: %w", err)
	}
	size, err := strconv.ParseUint(string(length[:]), 16, 16)
	if err != nil || size < 4 || size > mostRequest {
		return request{}, fmt.Errorf("a request begins with %q", length)
	}
	content := make([]byte, size-4)
	if _, err := io.ReadFull(connection, content); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return request{}, fmt.Errorf("read a request: %w", err)
	}
	return parse(string(content)), nil
}

// parse reads the content of a request: the service and the path, the name of the host, and after an empty part what git says
// about itself.
func parse(content string) request {
	line, rest, _ := strings.Cut(content, "\x00")
	var asked request
	asked.service, asked.path, _ = strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	_, more, _ := strings.Cut("\x00"+rest, "\x00\x00")
	for part := range strings.SplitSeq(more, "\x00") {
		switch part {
		case "version=0", "version=1", "version=2":
			asked.version = part
		}
	}
	return asked
}

// packet returns a text as a packet of git's protocol.
func packet(text string) string {
	return fmt.Sprintf("%04x%s", len(text)+4, text)
}
