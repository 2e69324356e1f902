package registry

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	connectTime = 10 * time.Second
	// answerTime is how long a server may think about an answer.
	answerTime = time.Minute
	// storeTime is the same for content that was sent: a registry may have to copy all of a large layer before it answers.
	storeTime     = 15 * time.Minute
	mostHeader    = 256 << 10
	mostRedirects = 3
)

// transport sends requests. What stores content gets more time for its answer.
type transport struct{ answers, stores http.RoundTripper }

func newTransport() transport {
	return transport{answers: connections(answerTime), stores: connections(storeTime)}
}

// RoundTrip is part of http.RoundTripper.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	to := t.answers
	if request.Method == http.MethodPut {
		to = t.stores
	}
	response, err := to.RoundTrip(request)
	if err == nil {
		showChallenge(response)
	}
	return response, err
}

// showChallenge lets auth.Client see a challenge that it can meet: it looks only at the first one, and only of the status 401, while
// some registries send 403 for a token that is for too little.
func showChallenge(response *http.Response) {
	if response.StatusCode != http.StatusUnauthorized && response.StatusCode != http.StatusForbidden {
		return
	}
	for _, challenge := range response.Header.Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(challenge, " ")
		if strings.EqualFold(scheme, "basic") || strings.EqualFold(scheme, "bearer") {
			response.StatusCode = http.StatusUnauthorized
			response.Header.Set("WWW-Authenticate", challenge)
			return
		}
	}
}

// connections makes connections of HTTP/1.1: in HTTP/2, a server may send much before it is read. They go through no proxy, as
// all connections of pods do.
func connections(patience time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connectTime, Control: checkDestination}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    connectTime,
		ResponseHeaderTimeout:  patience,
		MaxResponseHeaderBytes: mostHeader,
		// Content is checked as the registry has it.
		DisableCompression: true,
	}
}

// checkRedirect lets reads be redirected, with HTTPS unless the registry is reached over plain HTTP. The caller gets any other
// redirect as the answer. Credentials do not follow to another server, which auth.Client ensures.
func (r *Repository) checkRedirect(request *http.Request, via []*http.Request) error {
	method := via[0].Method
	if method != http.MethodGet && method != http.MethodHead || len(via) > mostRedirects || !r.allowed(request.URL.Scheme) {
		return http.ErrUseLastResponse
	}
	return nil
}

// allowed says whether a registry may lead to a URL with this scheme.
func (r *Repository) allowed(scheme string) bool {
	return scheme == "https" || scheme == "http" && r.plain()
}

// noPrefixes replaces the addresses at which oras-go allows no token server.
var noPrefixes = []netip.Prefix{}

// metadata has the ranges of METADATA in the operator's ReservedRanges: addresses of metadata services and of other link-local hosts, which give a node its credentials.
var metadata = prefixes(
	"169.254.0.0/16",
	"fe80::/10",
	"168.63.129.16/32",       // Azure
	"100.100.100.200/32",     // Alibaba
	"192.0.0.192/32",         // Oracle, the older one
	"fd00:ec2::/32",          // AWS: metadata, pod identity, DNS, time
	"fd20:ce::254/128",       // Google
	"fd00:c1::a9fe:a9fe/128", // Oracle
	"fd00:42::42/128",        // Scaleway
	"2002::/16",              // 6to4, obsolete: contains an address for each IPv4 address
)

func prefixes(texts ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		parsed = append(parsed, netip.MustParsePrefix(text))
	}
	return parsed
}

// nat64 has the addresses through which IPv6 reaches those of IPv4.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// destinationError says that an address is one to which Hearth never connects.
type destinationError struct{ address netip.Addr }

func (e *destinationError) Error() string {
	return fmt.Sprintf("it is at %s, a link-local or metadata address, to which Hearth never connects", e.address)
}

// checkDestination refuses connections to addresses that pods must not reach. It sees the address that a name has resolved to.
func checkDestination(_, address string, _ syscall.RawConn) error {
	destination, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("check the address %s: %w", address, err)
	}
	ip := destination.Addr().Unmap().WithZone("")
	if isMetadata(ip) {
		return &destinationError{ip}
	}
	return nil
}

func isMetadata(ip netip.Addr) bool {
	if nat64.Contains(ip) {
		all := ip.As16()
		ip = netip.AddrFrom4([4]byte(all[12:]))
	}
	return slices.ContainsFunc(metadata, func(prefix netip.Prefix) bool { return prefix.Contains(ip) })
}
