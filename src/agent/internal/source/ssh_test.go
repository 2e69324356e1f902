package source

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// sshForge serves the repositories of a forge to one key.
type sshForge struct {
	address string
	// host is its own key in the form of known_hosts, private the key of the user.
	host, private string
	// offered has the users and keys that were offered.
	offered *log
}

func newSSHForge(t *testing.T, forge *forge) *sshForge {
	t.Helper()
	listener := listen(t)
	hostSigner, _ := newKey(t)
	userSigner, private := newKey(t)
	s := &sshForge{
		address: listener.Addr().String(), private: private, offered: &log{},
		host: knownhosts.Line([]string{listener.Addr().String()}, hostSigner.PublicKey()),
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(connection ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			s.offered.add(connection.User() + " " + ssh.FingerprintSHA256(key))
			if connection.User() != "git" || ssh.FingerprintSHA256(key) != ssh.FingerprintSHA256(userSigner.PublicKey()) {
				return nil, fmt.Errorf("an unknown key")
			}
			return &ssh.Permissions{}, nil
		},
	}
	config.AddHostKey(hostSigner)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			go forge.answerSSH(connection, config)
		}
	}()
	return s
}

// newKey returns a key, and the private part of it as a file has it.
func newKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer, string(pem.EncodeToMemory(block))
}

// answerSSH runs git for the only command of a session.
func (f *forge) answerSSH(connection net.Conn, config *ssh.ServerConfig) {
	defer connection.Close()
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return // the client went away, or was refused
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels { // until the client ends the connection: what it still sends would be lost with an error
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		f.answerSession(channel, requests)
	}
}

func (f *forge) answerSession(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	for request := range requests {
		var command struct{ Line string }
		if request.Type != "exec" || ssh.Unmarshal(request.Payload, &command) != nil {
			_ = request.Reply(request.Type == "env", nil)
			continue
		}
		_ = request.Reply(true, nil)
		path := strings.Trim(strings.TrimPrefix(command.Line, "git-upload-pack "), "'")
		upload := exec.Command("git", "upload-pack", "--strict", filepath.Join(f.folder, path))
		upload.Env = environment(os.Environ())
		upload.Stdin, upload.Stdout = channel, channel
		status := struct{ Code uint32 }{}
		if upload.Run() != nil {
			status.Code = 1
		}
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
		return
	}
}

func (s *sshForge) credentials() map[string]string {
	return map[string]string{"ssh-privatekey": s.private, "known_hosts": s.host + "\n"}
}

func TestFetchOverSSH(t *testing.T) {
	forge := newForge(t)
	commit := forge.repository("private/app.git").commit("refs/heads/main", "a.txt", "first")
	server := newSSHForge(t, forge)
	for _, user := range []string{"git@", ""} {
		pod := newPod(t, server.credentials())
		pod.mustFetch("ssh://"+user+server.address+"/private/app.git", commit)
		if got := pod.git("cat-file", "blob", commit+":a.txt"); got != "first" {
			t.Errorf("a.txt: %s", got)
		}
		pod.assertNowhere(strings.Split(server.private, "\n")[1])
	}
}

func TestKeyIsNotOfferedToAServerThatIsNotKnown(t *testing.T) {
	forge := newForge(t)
	server, other := newSSHForge(t, forge), newSSHForge(t, forge)
	host, key, _ := strings.Cut(server.host, " ")
	_, otherKey, _ := strings.Cut(other.host, " ")
	_, port, err := net.SplitHostPort(server.address)
	if err != nil {
		t.Fatal(err)
	}
	for name, known := range map[string]string{
		"nobody is known":          "",
		"another port is known":    strings.TrimSuffix(host, port) + "2,other " + key,
		"the host has another key": host + " " + otherKey,
	} {
		credentials := server.credentials()
		credentials["known_hosts"] = known + "\n"
		said := newPod(t, credentials).mustFail("ssh://git@"+server.address+"/app.git", absent)
		if !strings.Contains(said, "Host key verification failed") {
			t.Errorf("%s: %s", name, said)
		}
	}
	if got := server.offered.all(); len(got) > 0 {
		t.Errorf("offered: %q", got)
	}
}

func TestKeyThatTheServerDoesNotKnowIsNotSaid(t *testing.T) {
	forge := newForge(t)
	server := newSSHForge(t, forge)
	_, private := newKey(t)
	credentials := server.credentials()
	credentials["ssh-privatekey"] = private
	said := newPod(t, credentials).mustFail("ssh://git@"+server.address+"/app.git", absent)
	if !strings.Contains(said, "Permission denied") || strings.Contains(said, "PRIVATE KEY") {
		t.Error(said)
	}
	if got := server.offered.all(); len(got) != 1 {
		t.Errorf("offered: %q", got)
	}
}
