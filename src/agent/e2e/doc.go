// Package e2e tests hearth-agent with a real BuildKit: volumes that are damaged or full, agents that are killed, and a
// daemon that was broken into. The tests need the build tag e2e.
//
// They run in a pod like the one of a build, or, as root of a machine, in namespaces of their own that look like such a
// pod. Nothing comes from a network: images and Dockerfiles are served by the tests, and the only program in an image is
// the test program itself, which therefore has to be static:
//
//	CGO_ENABLED=0 go test -tags e2e ./e2e
//
// The programs hearth-agent (built with the tag faults), buildkitd, buildkit-runc and git must be in the PATH.
package e2e
