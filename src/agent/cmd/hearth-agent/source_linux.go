package main

import (
	"context"
	"fmt"
	"os"

	"hearth.dev/agent/internal/listfile"
	"hearth.dev/agent/internal/preflight"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/source"
)

// credentialHelper is the subcommand that git runs for credentials.
const credentialHelper = "git-credential"

func runFetch(ctx context.Context, request string) int {
	var asked protocol.FetchRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	self, err := os.Executable()
	if err != nil {
		return failed(fmt.Errorf("find this program: %w", err))
	}
	return source.Fetch(ctx, asked, []string{self, credentialHelper}, os.Stderr)
}

// runCredential has the request of the container, whose environment git passes on.
func runCredential(_ context.Context, request string) int {
	var asked protocol.FetchRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	if err := source.Answer(asked.Credentials, os.Stdout); err != nil {
		return failed(err)
	}
	return 0
}

// runNothing forgets and keeps no credentials.
func runNothing(context.Context, string) int { return 0 }

func runServe(ctx context.Context, request string) int {
	var asked protocol.ServeRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	return source.Serve(ctx, asked, os.Stderr)
}

func runServeReady(ctx context.Context, request string) int {
	var asked protocol.ServeRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	if err := source.Ready(ctx, asked.Address); err != nil {
		return failed(err)
	}
	return 0
}

// runReadFile writes nothing else to the log of its container, which the operator reads as the content of the file.
func runReadFile(_ context.Context, request string) int {
	var asked protocol.ReadFileRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	if err := listfile.Write(os.Stdout, asked.Folder, asked.File, asked.MostBytes); err != nil {
		return failed(err)
	}
	return 0
}

func runNetworkPreflight(ctx context.Context, request string) int {
	var asked protocol.NetworkPreflightRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	return preflight.NewNetwork(os.Stderr).Run(ctx, asked)
}

func runUserNamespacePreflight(_ context.Context, request string) int {
	var asked protocol.UserNamespacePreflightRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	return preflight.Users("/proc/self/uid_map", asked.Folder, os.Stderr)
}
