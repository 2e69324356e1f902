// Package source fetches one commit with the credentials of its repository, and serves it to those who have none.
package source

import (
	"strconv"
	"strings"
)

// authoritiesVariable names a file of authorities that git trusts in place of those of the system.
const authoritiesVariable = "GIT_SSL_CAINFO"

// setting is a setting of git.
type setting struct{ key, value string }

// environment returns the environment of git: that of this container, without what configures git or ssh in it, and with
// these settings. No file configures git, and nothing asks a person.
func environment(inherited []string, settings ...setting) []string {
	var variables []string
	for _, variable := range inherited {
		name, value, _ := strings.Cut(variable, "=")
		if name == authoritiesVariable && value != "" || !strings.HasPrefix(name, "GIT_") && !strings.HasPrefix(name, "SSH_") {
			variables = append(variables, variable)
		}
	}
	variables = append(variables,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "HOME=/nonexistent", "LC_ALL=C",
		"GIT_CONFIG_COUNT="+strconv.Itoa(len(settings)))
	for i, setting := range settings {
		number := strconv.Itoa(i)
		variables = append(variables, "GIT_CONFIG_KEY_"+number+"="+setting.key, "GIT_CONFIG_VALUE_"+number+"="+setting.value)
	}
	return variables
}

// tail keeps the last bytes of what is written to it.
type tail struct {
	most int
	kept []byte
}

func (t *tail) Write(written []byte) (int, error) {
	t.kept = append(t.kept, written[max(0, len(written)-t.most):]...)
	if over := len(t.kept) - t.most; over > 0 {
		t.kept = t.kept[:copy(t.kept, t.kept[over:])]
	}
	return len(written), nil
}
