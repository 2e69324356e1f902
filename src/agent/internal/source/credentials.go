package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Answer writes user and password as git's helpers for credentials do. Credentials is a folder with the files username, which
// may be absent, and password.
func Answer(credentials string, to io.Writer) error {
	user, err := readLine(credentials, "username")
	if errors.Is(err, fs.ErrNotExist) {
		user, err = "git", nil
	}
	if err != nil {
		return err
	}
	password, err := readLine(credentials, "password")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(to, "username=%s\npassword=%s\n", user, password); err != nil {
		return fmt.Errorf("answer git: %w", err)
	}
	return nil
}

// readLine reads a key of a Secret. Many have an end of the line that is not meant.
func readLine(folder, key string) (string, error) {
	content, err := os.ReadFile(filepath.Join(folder, key))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the Secret has no key %s: %w", key, fs.ErrNotExist)
	}
	if err != nil {
		return "", fmt.Errorf("read %s of the Secret: %w", key, err)
	}
	line := strings.TrimRight(string(content), "\n")
	if strings.ContainsAny(line, "\n\x00") {
		return "", fmt.Errorf("%s of the Secret has more than one line", key)
	}
	return line, nil
}
