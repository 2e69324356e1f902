package collect

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"hearth.dev/agent/internal/protocol"
)

// task is what a task has left, and the container that collects it.
type task struct {
	t        testing.TB
	reports  string
	log      bytes.Buffer
	settings Settings
}

func newTask(t testing.TB) *task {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	task := &task{t: t, reports: filepath.Join(folder, "reports"), settings: Production()}
	task.settings.Log = &task.log
	task.settings.Report = filepath.Join(folder, "report")
	task.settings.Measure = func(string) (*protocol.Files, error) { return nil, errors.New("there is no artifact") }
	must(t, os.Mkdir(task.reports, 0o755))
	return task
}

func (k *task) write(name, text string) {
	k.t.Helper()
	path := filepath.Join(k.reports, name)
	must(k.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(k.t, os.WriteFile(path, []byte(text), 0o644))
}

// The expressions are those that the operator makes of the patterns *.xml, ** and so on.
func (k *task) junit(regex string) protocol.ReportPattern {
	return protocol.ReportPattern{Kind: protocol.ReportJUnit, Folder: k.reports, Regex: quote(k.reports) + "/" + regex}
}

func (k *task) files(regex string) protocol.ReportPattern {
	return protocol.ReportPattern{Kind: protocol.ReportFiles, Folder: k.reports, Regex: quote(k.reports) + "/" + regex}
}

func quote(text string) string { return regexp.QuoteMeta(text) }

// collect does what the container does once the task has ended.
func (k *task) collect(patterns ...protocol.ReportPattern) (received, protocol.CollectReport) {
	k.t.Helper()
	return k.collectAll(protocol.CollectRequest{Version: protocol.Version, Reports: patterns})
}

func (k *task) collectAll(request protocol.CollectRequest) (received, protocol.CollectReport) {
	k.t.Helper()
	ended, end := context.WithCancel(context.Background())
	end()
	if code := Run(ended, request, k.settings); code != 0 {
		k.t.Fatalf("the exit code is %d", code)
	}
	return receive(k.t, k.log.Bytes()), k.report()
}

func (k *task) report() protocol.CollectReport {
	k.t.Helper()
	document, err := os.ReadFile(k.settings.Report)
	must(k.t, err)
	var report protocol.CollectReport
	must(k.t, json.Unmarshal(document, &report))
	return report
}

// received is what the operator reads in the log.
type received struct {
	files   []sent
	leftOut []string
}

type sent struct{ kind, path, content string }

func (r received) paths(task *task) []string {
	var paths []string
	for _, file := range r.files {
		paths = append(paths, strings.TrimPrefix("/"+file.path, task.reports+"/"))
	}
	return paths
}

// receive reads a log, which must be whole.
func receive(t testing.TB, log []byte) received {
	t.Helper()
	var r received
	text, whole := strings.CutSuffix(string(log), "end\n")
	if !whole {
		t.Fatalf("the log does not end: %.200q", log)
	}
	for text != "" {
		header, rest, _ := strings.Cut(text, "\n")
		kind, isPart := strings.CutPrefix(header, "part ")
		if !isPart {
			t.Fatalf("the log has the line %q", header)
		}
		body := rest
		text = ""
		if at := strings.Index("\n"+rest, "\npart "); at >= 0 {
			body, text = rest[:at], rest[at:]
		}
		for line := range strings.Lines(body) {
			if len(line) > lineLength+1 {
				t.Errorf("a line has %d bytes", len(line))
			}
		}
		decoded, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
		must(t, err)
		if kind == "left-out" {
			r.leftOut = strings.Split(strings.TrimSuffix(string(decoded), "\x00"), "\x00")
			continue
		}
		r.files = append(r.files, unpack(t, kind, decoded)...)
	}
	return r
}

func unpack(t testing.TB, kind string, packed []byte) []sent {
	t.Helper()
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	must(t, err)
	archive := tar.NewReader(unpacked)
	var files []sent
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		must(t, err)
		content, err := io.ReadAll(archive)
		must(t, err)
		if header.Typeflag != tar.TypeReg || header.Uid != 0 || header.Gid != 0 || header.Uname != "" {
			t.Errorf("a file is sent as %+v", header)
		}
		files = append(files, sent{kind, header.Name, string(content)})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T any](t testing.TB, got, want T) {
	t.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("it is  %+v\n and not %+v", got, want)
	}
}

func TestJUnitComesFirstAndEachFileOnce(t *testing.T) {
	k := newTask(t)
	k.write("a.xml", "<a/>")
	k.write("sub/b.xml", "<b/>")
	k.write("note.txt", "text")

	r, report := k.collect(k.junit(`[^/]*\.xml`), k.files(".+"), k.files(`[^/]*\.txt`))

	equal(t, report.Reports, protocol.CollectedReports{Files: 3, KiB: 1})
	equal(t, r.paths(k), []string{"a.xml", "note.txt", "sub/b.xml"})
	equal(t, []string{r.files[0].kind, r.files[1].kind, r.files[2].kind}, []string{"junit", "files", "files"})
}

func TestNamesMayBeAnything(t *testing.T) {
	k := newTask(t)
	names := []string{"-rf.xml", "new\nline.xml", "q'\"$(id)`id`.xml", " space .xml", `\n.xml`, "*.xml", "é.xml",
		"\xff\xfe.xml", strings.Repeat("long/", 60) + strings.Repeat("x", 200) + ".xml"}
	for _, name := range names {
		k.write(name, name)
	}

	r, report := k.collect(k.junit(`(.*/)?[^/]*\.xml`))

	equal(t, report.Reports, protocol.CollectedReports{Files: len(names), KiB: 1})
	slices.Sort(names)
	equal(t, r.paths(k), names)
	for _, file := range r.files {
		if !strings.HasSuffix(file.path, file.content) {
			t.Errorf("%q has %q", file.path, file.content)
		}
	}
}

func TestACharacterIsAByte(t *testing.T) {
	k := newTask(t)
	for _, name := range []string{"é", "\xff", "ab", "\ufffd", "日"} {
		k.write(name, name)
	}
	for regex, want := range map[string][]string{
		"[^/]":     {"\xff"},
		"[^/][^/]": {"ab", "é"},
		"é":        {"é"},
		"\ufffd":   {"\ufffd"},
		"[^/]{3}":  {"\ufffd", "日"},
		".":        {"\xff"},
	} {
		k.log.Reset()
		r, _ := k.collect(k.files(regex))
		slices.Sort(want)
		if got := r.paths(k); !slices.Equal(got, want) {
			t.Errorf("%q matches %q and not %q", regex, got, want)
		}
	}
}

func TestLinksAreNotFollowedAndOtherKindsNotRead(t *testing.T) {
	k := newTask(t)
	k.write("a.xml", "<a/>")
	must(t, os.Symlink("/etc/passwd", filepath.Join(k.reports, "link.xml")))
	must(t, os.Symlink("/etc", filepath.Join(k.reports, "etc")))
	must(t, unix.Mkfifo(filepath.Join(k.reports, "fifo.xml"), 0o644))
	must(t, os.Symlink(k.reports, filepath.Join(filepath.Dir(k.reports), "way")))
	must(t, os.Mkdir(filepath.Join(k.reports, "folder.xml"), 0o755))
	inEtc := protocol.ReportPattern{
		Kind: protocol.ReportJUnit, Folder: k.reports + "/etc", Regex: quote(k.reports) + "/etc/[^/]*"}
	way := filepath.Dir(k.reports) + "/way"
	overLink := protocol.ReportPattern{Kind: protocol.ReportJUnit, Folder: way, Regex: quote(way) + "/.+"}

	r, report := k.collect(k.junit(`[^/]*\.xml`), inEtc, overLink, k.files(".+"))

	equal(t, report.Reports, protocol.CollectedReports{Files: 1, KiB: 1})
	equal(t, r.paths(k), []string{"a.xml"})
}

func TestWhatIsTooMuchIsCounted(t *testing.T) {
	k := newTask(t)
	k.write("z.xml", "<z/>")
	k.write("large.txt", strings.Repeat("x", 2001))
	for at := range 10 {
		k.write(fmt.Sprintf("note%d.txt", at), "x")
	}
	k.settings.Limits.Files, k.settings.Limits.FileBytes = 4, 2000

	r, report := k.collect(k.junit(`[^/]*\.xml`), k.files(".+"))

	equal(t, report.Reports, protocol.CollectedReports{Files: 4, KiB: 1, LeftOut: 8})
	equal(t, r.paths(k)[0], "z.xml")
	equal(t, len(r.files), 4)
	equal(t, len(r.leftOut), 8)
	equal(t, r.leftOut[0], "files size 2000 "+k.reports[1:]+"/large.txt")
	equal(t, r.leftOut[7], "files count 4 "+k.reports[1:]+"/note9.txt")
}

func TestTheTotalIsLimited(t *testing.T) {
	k := newTask(t)
	for at := range 4 {
		k.write(fmt.Sprint(at), strings.Repeat("x", 1000))
	}
	k.write("small", "x")
	k.settings.Limits.TotalBytes = 2500
	r, report := k.collect(k.files(".+"))
	equal(t, report.Reports, protocol.CollectedReports{Files: 3, KiB: 2, LeftOut: 2})
	equal(t, r.paths(k), []string{"0", "1", "small"})
	equal(t, r.leftOut[0], "files total 2500 "+k.reports[1:]+"/2")
}

func TestNoMoreIsNamedThanFits(t *testing.T) {
	k := newTask(t)
	for at := range 50 {
		k.write(fmt.Sprint(at), "xx")
	}
	k.settings.Limits.FileBytes = 1
	r, report := k.collect(k.files(".+"))
	equal(t, report.Reports, protocol.CollectedReports{LeftOut: 50})
	equal(t, len(r.leftOut), 20)
}

func TestJUnitFitsBeforeOthersDo(t *testing.T) {
	k := newTask(t)
	k.write("z.xml", "<z/>")
	noise := make([]byte, 200_000)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(noise)
	for at := range 10 {
		k.write(fmt.Sprint("note", at), string(noise))
	}
	k.settings.Limits.SentBytes = 700_000

	r, report := k.collect(k.junit(`[^/]*\.xml`), k.files(".+"))

	equal(t, report.Reports, protocol.CollectedReports{Files: 4, KiB: 586, LeftOut: 7})
	equal(t, r.paths(k), []string{"z.xml", "note0", "note1", "note2"})
	equal(t, len(r.leftOut), 7)
	equal(t, r.leftOut[6], "files log 700000 "+k.reports[1:]+"/note9")
}

func TestNoFolderIsNoReport(t *testing.T) {
	for _, folder := range []string{"", "/", "reports", "/none/../none", "//", "/none"} {
		k := newTask(t)
		k.write("a.xml", "<a/>")
		r, report := k.collect(protocol.ReportPattern{Kind: protocol.ReportFiles, Folder: folder, Regex: ".*"})
		equal(t, report.Reports, protocol.CollectedReports{})
		equal(t, len(r.files), 0)
	}
}

func TestSearchingIsBounded(t *testing.T) {
	for name, limit := range map[string]func(limits *Limits){
		"files":   func(limits *Limits) { limits.Found = 7 },
		"paths":   func(limits *Limits) { limits.FoundBytes = 7*int64(len("/0")) + 1 },
		"entries": func(limits *Limits) { limits.Entries = 7 },
	} {
		t.Run(name, func(t *testing.T) {
			k := newTask(t)
			for at := range 10 {
				k.write(fmt.Sprint(at), "x")
			}
			limit(&k.settings.Limits)
			if name == "paths" {
				k.settings.Limits.FoundBytes += 7 * int64(len(k.reports))
			}
			r, report := k.collect(k.files(".+"), k.files(".*"))
			equal(t, len(r.files), 7)
			equal(t, report.Reports, protocol.CollectedReports{Files: 7, KiB: 1})
		})
	}
}

func TestFoldersOfAnyDepthAreSearched(t *testing.T) {
	k := newTask(t)
	k.write("file", "x")
	at, err := unix.Open(k.reports, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	must(t, err)
	for range 3000 {
		must(t, unix.Mkdirat(at, "a", 0o755))
		below, err := unix.Openat(at, "a", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		must(t, err)
		must(t, unix.Close(at))
		at = below
	}
	must(t, unix.Close(at))
	r, _ := k.collect(k.files("(.*/)?file"))
	equal(t, r.paths(k), []string{"file"})
}

func TestARequestThatIsMalformedIsRefused(t *testing.T) {
	for _, pattern := range []protocol.ReportPattern{
		{Kind: protocol.ReportFiles, Folder: "/x", Regex: "("},
		{Kind: "left-out", Folder: "/x", Regex: ".*"},
	} {
		k := newTask(t)
		code := Run(t.Context(), protocol.CollectRequest{Reports: []protocol.ReportPattern{pattern}}, k.settings)
		equal(t, code, 1)
	}
}

// changingLog is a log at whose writing something else happens first.
type changingLog struct {
	io.Writer
	change func()
}

func (c changingLog) Write(text []byte) (int, error) {
	c.change()
	return c.Writer.Write(text)
}

func TestFilesMayChangeWhileTheyAreCollected(t *testing.T) {
	k := newTask(t)
	k.settings.Limits.FileBytes, k.settings.Limits.PartBytes = 100, 1
	for _, name := range []string{"0", "1", "2", "3", "4", "5"} {
		k.write(name, "ten bytes!")
	}
	// The first part is written when the second file has been read.
	changed := false
	k.settings.Log = changingLog{&k.log, func() {
		if changed {
			return
		}
		changed = true
		k.write("2", "less")
		k.write("3", strings.Repeat("x", 101))
		must(t, os.Remove(filepath.Join(k.reports, "4")))
		must(t, unix.Mkfifo(filepath.Join(k.reports, "4"), 0o644))
		must(t, os.Remove(filepath.Join(k.reports, "5")))
		must(t, os.Symlink("/etc/passwd", filepath.Join(k.reports, "5")))
	}}

	r, report := k.collect(k.files(".+"))

	equal(t, r.paths(k), []string{"0", "1", "2"})
	equal(t, r.files[2].content, "less")
	equal(t, report.Reports, protocol.CollectedReports{Files: 3, KiB: 1, LeftOut: 3})
	equal(t, r.leftOut, []string{"files size 100 " + k.reports[1:] + "/3", "files unreadable 0 " + k.reports[1:] + "/4",
		"files unreadable 0 " + k.reports[1:] + "/5"})
}

// What is read is what is sent, however long the file says that it is.
func TestAFileIsNotReadBeyondItsLimit(t *testing.T) {
	k := newTask(t)
	k.write("file", strings.Repeat("x", 50))
	entry, err := locate(k.reports[1:] + "/file")
	must(t, err)
	defer entry.close()
	k.write("file", strings.Repeat("y", 1000))
	file, err := entry.read(101)
	must(t, err)
	equal(t, len(file.content), 101)
	must(t, os.Remove(filepath.Join(k.reports, "file")))
	must(t, unix.Mkfifo(filepath.Join(k.reports, "file"), 0o644))
	if _, err := entry.read(101); err == nil {
		t.Error("a pipe was read")
	}
}

func TestTheReportIsTrueAfterEachPart(t *testing.T) {
	k := newTask(t)
	k.settings.Limits.PartBytes = 1
	for at := range 5 {
		k.write(fmt.Sprint(at), "xx")
	}
	var seen []protocol.CollectedReports
	k.settings.Log = changingLog{&k.log, func() {
		seen = append(seen, k.report().Reports)
		whole := receive(t, append(slices.Clone(k.log.Bytes()), "end\n"...))
		equal(t, len(whole.files), seen[len(seen)-1].Files)
	}}
	k.collect(k.files(".+"))
	equal(t, len(seen), 6) // five parts and the end
}

func TestTheLogMayBreak(t *testing.T) {
	k := newTask(t)
	k.write("a", "x")
	reader, writer, err := os.Pipe()
	must(t, err)
	must(t, reader.Close())
	defer writer.Close()
	k.settings.Log = writer
	ended, end := context.WithCancel(t.Context())
	end()
	equal(t, Run(ended, protocol.CollectRequest{Reports: []protocol.ReportPattern{k.files(".+")}}, k.settings), 1)
	equal(t, k.report().Reports, protocol.CollectedReports{})
}

func TestArtifact(t *testing.T) {
	files := protocol.Files{Digest: "sha256:" + strings.Repeat("0", 64), Count: 2, KiB: 3}
	for name, test := range map[string]struct {
		prepare func(path string) error
		measure *protocol.Files
		err     error
		want    protocol.CollectReport
	}{
		"whole":      {func(path string) error { return os.Mkdir(path, 0o755) }, &files, nil, protocol.CollectReport{Artifact: &files}},
		"empty":      {func(path string) error { return os.Mkdir(path, 0o755) }, nil, nil, protocol.CollectReport{ArtifactMissing: true}},
		"unreadable": {func(path string) error { return os.Mkdir(path, 0o755) }, &files, fs.ErrPermission, protocol.CollectReport{ArtifactUnreadable: true}},
		"missing":    {func(string) error { return nil }, &files, nil, protocol.CollectReport{ArtifactMissing: true}},
		"link":       {func(path string) error { return os.Symlink("/etc", path) }, &files, nil, protocol.CollectReport{ArtifactUnreadable: true}},
		"to nowhere": {func(path string) error { return os.Symlink("/none", path) }, &files, nil, protocol.CollectReport{ArtifactMissing: true}},
		"file":       {func(path string) error { return os.WriteFile(path, nil, 0o644) }, &files, nil, protocol.CollectReport{ArtifactUnreadable: true}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTask(t)
			path := filepath.Join(filepath.Dir(k.reports), "artifact")
			must(t, test.prepare(path))
			k.settings.Measure = func(folder string) (*protocol.Files, error) {
				equal(t, folder, path)
				if !strings.HasSuffix(k.log.String(), "end\n") || k.report().Reports.Files != 0 {
					t.Error("the reports come after the artifact")
				}
				return test.measure, test.err
			}
			_, report := k.collectAll(protocol.CollectRequest{Artifact: path})
			test.want.Version = protocol.Version
			got, err := json.Marshal(report)
			must(t, err)
			want, err := json.Marshal(test.want)
			must(t, err)
			equal(t, string(got), string(want))
		})
	}
}

// TestMain lets the test program be the container, for the tests that need a process.
func TestMain(m *testing.M) {
	if document := os.Getenv("COLLECT_REQUEST"); document != "" {
		var request protocol.CollectRequest
		if err := json.Unmarshal([]byte(document), &request); err != nil {
			os.Exit(2)
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		settings := Production()
		settings.Report = os.Getenv("COLLECT_REPORT")
		if os.Getenv("COLLECT_AT_ONCE") != "" {
			stop()
		} else {
			fmt.Fprintln(os.Stderr, "waiting")
		}
		os.Exit(Run(ctx, request, settings))
	}
	os.Exit(m.Run())
}

func (k *task) process(program string, request protocol.CollectRequest, environment ...string) *exec.Cmd {
	k.t.Helper()
	document, err := json.Marshal(request)
	must(k.t, err)
	command := exec.Command(program)
	command.Env = append(environment, "COLLECT_REQUEST="+string(document), "COLLECT_REPORT="+k.settings.Report)
	command.Stdout = &k.log
	return command
}

func TestTheKubeletsSignalEndsTheWait(t *testing.T) {
	k := newTask(t)
	request := protocol.CollectRequest{Reports: []protocol.ReportPattern{k.files(".+")}}
	container := k.process("/proc/self/exe", request)
	waiting, err := container.StderrPipe()
	must(t, err)
	must(t, container.Start())
	_, err = io.ReadFull(waiting, make([]byte, len("waiting\n")))
	must(t, err)
	k.write("late", "x")
	must(t, container.Process.Signal(syscall.SIGTERM))
	must(t, container.Wait())
	equal(t, receive(t, k.log.Bytes()).paths(k), []string{"late"})
	equal(t, k.report().Reports, protocol.CollectedReports{Files: 1, KiB: 1})
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("another user than the files' owner is needed")
	}
	k := newTask(t)
	for _, name := range []string{"no", "yes", "folder/no"} {
		k.write(name, "x")
	}
	must(t, os.Chmod(filepath.Join(k.reports, "no"), 0o600))
	must(t, os.Chmod(filepath.Join(k.reports, "folder"), 0o700))
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	program := filepath.Join(filepath.Dir(k.reports), "test")
	must(t, os.WriteFile(program, self, 0o755))
	for folder := filepath.Dir(program); folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		must(t, os.Chmod(folder, 0o755))
	}
	must(t, os.WriteFile(k.settings.Report, nil, 0o666))
	must(t, os.Chmod(k.settings.Report, 0o666))
	container := k.process(program, protocol.CollectRequest{Reports: []protocol.ReportPattern{k.files(".+")}}, "COLLECT_AT_ONCE=1")
	container.Dir = "/"
	container.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	must(t, container.Run())

	r := receive(t, k.log.Bytes())
	equal(t, r.paths(k), []string{"yes"})
	equal(t, r.leftOut, []string{"files unreadable 0 " + k.reports[1:] + "/no"})
	equal(t, k.report().Reports, protocol.CollectedReports{Files: 1, KiB: 1, LeftOut: 1})
}

// Whatever the names and contents are, all of it arrives as it was.
func FuzzCollect(f *testing.F) {
	f.Add("a.xml", []byte("<a/>"), ".+")
	f.Add("new\nline\xff", []byte{0}, "[^/]*")
	f.Add(strings.Repeat("x", 200), []byte("end\n"), "x{200}")
	f.Fuzz(func(t *testing.T, name string, content []byte, regex string) {
		k := newTask(t)
		name = strings.ReplaceAll(name, "/", "_")
		path := k.reports + "/" + name
		if name == "." || name == ".." || os.WriteFile(path, content, 0o644) != nil {
			t.Skip("no file can have this name")
		}
		pattern := protocol.ReportPattern{Kind: protocol.ReportFiles, Folder: k.reports, Regex: regex}
		if _, err := compile([]protocol.ReportPattern{pattern}); err != nil {
			pattern.Regex = ".*"
		}
		r, report := k.collect(pattern)
		equal(t, report.Reports.Files, len(r.files))
		for _, file := range r.files {
			equal(t, file, sent{"files", path[1:], string(content)})
		}
		k.log.Reset()
		if r, _ := k.collect(k.files(".+")); len(content) <= 2<<20 && len(r.files) != 1 {
			t.Errorf("the file %q did not arrive", name)
		}
	})
}

// Expressions match bytes as an expression that knows no encoding does.
func TestCharactersKeepOrderAndNumber(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(rt, "text"))
		var bytes []byte
		for _, char := range string(characters(nil, text)) {
			bytes = append(bytes, byte(char))
		}
		if string(bytes) != text {
			rt.Errorf("%q became %q", text, bytes)
		}
	})
}
