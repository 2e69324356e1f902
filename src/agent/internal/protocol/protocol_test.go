package protocol

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// The operator's tests write the same requests and read the same reports, in all of which each field is set.
func TestDocuments(t *testing.T) {
	for name, document := range map[string]any{
		"daemon-request":     &DaemonRequest{},
		"preflight-request":  &PreflightRequest{},
		"copy-request":       &CopyRequest{},
		"own-request":        &OwnRequest{},
		"solve-request":      &SolveRequest{},
		"task-cache-request": &TaskCacheRequest{},
		"collect-request":    &CollectRequest{},
		"daemon-report":      &DaemonReport{},
		"solve-report":       &SolveReport{},
		"task-cache-report":  &TaskCacheReport{},
		"collect-report":     &CollectReport{},

		"fetch-request":                    &FetchRequest{},
		"serve-request":                    &ServeRequest{},
		"read-file-request":                &ReadFileRequest{},
		"network-preflight-request":        &NetworkPreflightRequest{},
		"user-namespace-preflight-request": &UserNamespacePreflightRequest{},

		"artifact-push-request":   &ArtifactPushRequest{},
		"artifact-pull-request":   &ArtifactPullRequest{},
		"artifact-remove-request": &ArtifactRemoveRequest{},
		"image-publish-request":   &ImagePublishRequest{},
		"artifact-push-report":    &ArtifactPushReport{},
		"artifact-remove-report":  &ArtifactRemoveReport{},
		"image-publish-report":    &ImagePublishReport{},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if err := ReadRequest(string(text), document); err != nil {
				t.Fatal(err)
			}
			assertSet(t, name, reflect.ValueOf(document).Elem())
			written, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := normal(t, written), normal(t, text); !bytes.Equal(got, want) {
				t.Errorf("the document is written as %s, want %s", got, want)
			}
		})
	}
}

// assertSet fails for a field that the document leaves out. An import has one of its fields, and a cache may have no source.
func assertSet(t *testing.T, path string, value reflect.Value) {
	t.Helper()
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			assertSet(t, path, value.Elem())
		}
	case reflect.Slice:
		for i := range value.Len() {
			switch value.Index(i).Interface().(type) {
			case Import, TaskCache:
			default:
				assertSet(t, path, value.Index(i))
			}
		}
	case reflect.Struct:
		for i := range value.NumField() {
			field := path + "." + value.Type().Field(i).Name
			if value.Field(i).IsZero() {
				t.Errorf("%s is not set", field)
			}
			assertSet(t, field, value.Field(i))
		}
	}
}

func normal(t *testing.T, document []byte) []byte {
	t.Helper()
	var tree any
	if err := json.Unmarshal(document, &tree); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReadRequestRefuses(t *testing.T) {
	for document, want := range map[string]string{
		``:                            "read the request of this container",
		`[]`:                          "read the request of this container",
		`{"claim": "own"}`:            "the request has version 0 and this agent reads version 1",
		`{"version": 2}`:              "the request has version 2 and this agent reads version 1",
		`{"version": 1, "odd": true}`: `unknown field "odd"`,
	} {
		err := ReadRequest(document, &CopyRequest{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadRequest(%s) = %v, want an error with %q", document, err, want)
		}
	}
}
