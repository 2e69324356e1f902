package solve

// facts are what is known after an attempt has failed.
type facts struct {
	// terminated says that this process was told to end.
	terminated bool
	// timedOut says that the time limit of the solve ended the attempt.
	timedOut bool
	failure  kind
	// imports says that the attempt imported caches.
	imports bool

	// probed says that the next three are known.
	probed bool
	// answers says that BuildKit answers a new connection.
	answers bool
	// replaced says that the daemon of the attempt is not the newest any more.
	replaced bool
	// follows says that another daemon follows if this one is gone or is given up.
	follows bool

	// measured says that the next one is known.
	measured bool
	// full says that the volume is full. What a failed step wrote stays until something is pruned.
	full bool
}

// action is what to do next.
type action int

const (
	// fail ends the solve with its last error.
	fail action = iota
	// probe finds out whether BuildKit answers, and which daemon is the newest.
	probe
	// measure finds out whether the volume is full.
	measure
	// await waits for the next daemon and tries again.
	await
	// gone ends the solve because BuildKit is gone.
	gone
	// askRoom asks for a daemon with more space and tries again.
	askRoom
	// noRoom ends the solve because no space can be made.
	noRoom
	// askAnew asks for a daemon with another state and tries again.
	askAnew
	// withoutImports tries again at once, without the imports.
	withoutImports
)

// decide returns what to do about a failed attempt. The order matters: a daemon that was replaced explains every error, so
// it is looked at before the volume, and a full volume before what the error says.
func decide(f facts) action {
	switch {
	case f.terminated, f.timedOut:
		return fail
	case !f.probed:
		return probe
	case !f.answers || f.replaced:
		if f.replaced || f.follows {
			return await
		}
		return gone
	case !f.measured:
		return measure
	case f.full || f.failure == noSpace:
		if f.follows {
			return askRoom
		}
		return noRoom
	case f.failure != damaged:
		return fail
	case f.imports: // which may be all that is wrong
		return withoutImports
	case f.follows:
		return askAnew
	default:
		return fail
	}
}
