package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"hearth.dev/agent/internal/plain"
)

// Failure says why a registry could not be read or written, in one sentence that tells people what to do.
type Failure struct {
	sentence string
	// Transient says whether another attempt may succeed without a change.
	Transient bool
}

func (f *Failure) Error() string { return f.sentence }

// IsTransient says whether an error is, or wraps, a failure that may pass.
func IsTransient(err error) bool {
	var failure *Failure
	return errors.As(err, &failure) && failure.Transient
}

func invalid(format string, arguments ...any) *Failure {
	return &Failure{sentence: fmt.Sprintf(format, arguments...)}
}

func transient(format string, arguments ...any) *Failure {
	return &Failure{sentence: fmt.Sprintf(format, arguments...), Transient: true}
}

// errorCode matches the codes of the OCI distribution specification. Other text of a server is not shown.
var errorCode = regexp.MustCompile(
	`\b(?:BLOB_UNKNOWN|BLOB_UPLOAD_INVALID|BLOB_UPLOAD_UNKNOWN|DENIED|DIGEST_INVALID|MANIFEST_BLOB_UNKNOWN|MANIFEST_INVALID` +
		`|MANIFEST_UNKNOWN|NAME_INVALID|NAME_UNKNOWN|SIZE_INVALID|TOOMANYREQUESTS|UNAUTHORIZED|UNSUPPORTED)\b`)

// mostCodes is the number of codes that a sentence names.
const mostCodes = 3

func codes(body []byte) []string {
	var found []string
	for _, code := range errorCode.FindAllString(string(body), -1) {
		if len(found) < mostCodes && !slices.Contains(found, code) {
			found = append(found, code)
		}
	}
	return found
}

// refused returns the failure of an answer that is no success.
func (r *Repository) refused(status int, codes []string) *Failure {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if r.login == auth.EmptyCredential {
			return invalid("%s requires credentials: name a Secret of type kubernetes.io/dockerconfigjson with an entry for %s in "+
				"%s.credentials", r, r.host, r.field)
		}
		return invalid("%s rejects the credentials of %s.credentials: check user name and password, and that the user may pull "+
			"and push there", r, r.field)
	case http.StatusNotFound:
		return invalid("%s was not found: create it in the registry, or check %s.repository", r, r.field)
	}
	named := ""
	if len(codes) > 0 {
		named = " (" + strings.Join(codes, ", ") + ")"
	}
	f := invalid("%s answered with status %d%s", r, status, named)
	f.Transient = status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
	return f
}

func (r *Repository) tooLarge(most int64) *Failure {
	return invalid("%s sends too much (the answer has more than %d KiB, the limit) for repository %s", r.host, most>>10, r)
}

func (r *Repository) mismatch(digest string) *Failure {
	return invalid("%s sends content that does not match the digest %s", r, digest)
}

// failure returns why there was no answer, or not all of it.
func (r *Repository) failure(ctx context.Context, err error) *Failure {
	var known *Failure
	var answered *errcode.ErrorResponse
	var destination *destinationError
	var unknown *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return transient("%s did not finish within %v s for repository %s", r.host, r.limit.Seconds(), r)
	case ctx.Err() != nil:
		return transient("the call of %s was interrupted", r)
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return r.refused(http.StatusUnauthorized, nil)
	case errors.As(err, &answered): // by a server of tokens
		return r.refused(answered.StatusCode, nil)
	case strings.Contains(err.Error(), "bearer realm"):
		return invalid("%s names no token server with HTTPS: it is not an OCI registry", r.host)
	case errors.As(err, &destination):
		return invalid("%s is at, or redirects to, a host that is not allowed: %v", r, destination)
	case errors.As(err, &unknown):
		return transient("the host of registry %s does not resolve: check %s.repository, or the cluster's DNS", r.host, r.field)
	case errors.As(err, &certificate):
		return invalid("the certificate of the registry %s is not trusted: %s", r.host, line(certificate.Err))
	case errors.Is(err, http.ErrSchemeMismatch):
		return invalid("the registry %s uses plain HTTP: enable HTTPS, or let an admin list it in hearth.registries.insecure", r.host)
	case isUnanswered(err):
		return transient("the registry %s does not answer: check that it runs and that the cluster can reach it", r.host)
	case strings.Contains(err.Error(), "malformed HTTP"):
		return invalid("the registry %s does not answer as HTTP", r.host)
	}
	f := invalid("the registry %s gives no valid answer: %s", r.host, line(err))
	f.Transient = isConnection(err)
	return f
}

// isUnanswered says whether nothing accepted the connection.
func isUnanswered(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Op == "dial" || errors.Is(err, syscall.ECONNREFUSED)
}

// isConnection says whether an error is one of the network.
func isConnection(err error) bool {
	var network *net.OpError
	var timed interface{ Timeout() bool }
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) ||
		errors.As(err, &timed) && timed.Timeout() || strings.Contains(err.Error(), "http: server closed idle connection")
}

// mostDetail is the number of bytes of an error that a sentence shows.
const mostDetail = 200

// line returns the innermost text of an error as one line; it may quote the server.
func line(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return plain.Text(err.Error(), mostDetail)
}
