package crates

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

func TestEnvironment(t *testing.T) {
	r := &Request{places: moved, Host: map[string]string{
		// These serve a fetch.
		"HOME": "/home/me", "PATH": "/usr/bin", "https_proxy": "http://p", "HTTPS_PROXY": "http://P", "NO_PROXY": "x",
		"SSL_CERT_FILE": "/c.pem", "SSH_AUTH_SOCK": "/run/s", "GIT_SSH_COMMAND": "ssh -v", "CARGO_REGISTRIES_MINE_TOKEN": "t",
		"CARGO_REGISTRY_TOKEN": "u", "CARGO_HTTP_PROXY": "v", "CARGO_NET_RETRY": "1",
		// These do not.
		"RUSTC": "/evil", "RUSTC_WRAPPER": "/evil", "RUSTC_WORKSPACE_WRAPPER": "/evil", "RUSTFLAGS": "-g", "RUSTUP_TOOLCHAIN": "x",
		"CARGO_HOME": "/home/me/.cargo", "CARGO_TARGET_DIR": "/x", "CARGO_BUILD_RUSTC": "/evil", "CARGO_ALIAS_VENDOR": "x",
		"CARGO_SOURCE_X_REPLACE_WITH": "x", "CARGO_ENCODED_RUSTFLAGS": "x", "CARGO": "/evil", "CARGO_NETX": "", "CARGO_REGISTRY": "x",
		"LD_PRELOAD": "/evil.so", "TMPDIR": "/x", "SECRET": "s", "GIT": "x", "home": "/x", "PWD": "/x", "__CARGO_TEST_ROOT": "/",
	}}
	want := []string{
		"CARGO_HOME=/hermetic/cargo", "CARGO_HTTP_PROXY=v", "CARGO_NET_RETRY=1", "CARGO_REGISTRIES_MINE_TOKEN=t", "CARGO_REGISTRY_TOKEN=u",
		"GIT_SSH_COMMAND=ssh -v", "HOME=/home/me", "HTTPS_PROXY=http://P", "NO_PROXY=x", "PATH=/usr/bin",
		"RUSTC=/hermetic/rust/bin/rustc", "RUSTC_WORKSPACE_WRAPPER=", "RUSTC_WRAPPER=",
		"SSH_AUTH_SOCK=/run/s", "SSL_CERT_FILE=/c.pem", "TMPDIR=/hermetic/tmp", "https_proxy=http://p",
	}
	if diff := cmp.Diff(want, r.environment()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{"CARGO_HOME=/hermetic/cargo", "RUSTC=/hermetic/rust/bin/rustc", "RUSTC_WORKSPACE_WRAPPER=", "RUSTC_WRAPPER=", "TMPDIR=/hermetic/tmp"}
	if diff := cmp.Diff(want, (&Request{places: moved}).environment()); diff != "" {
		t.Errorf("of nothing (-want +got):\n%s", diff)
	}
	// The second run starts nothing that the user has.
	r.alone, r.Host["CARGO_REGISTRIES_MINE_INDEX"], r.Host["CARGO_REGISTRIES_MINE_CREDENTIAL_PROVIDER"] = true, "i", "/evil"
	want = slices.Insert(want, 1, "CARGO_REGISTRIES_MINE_INDEX=i")
	if diff := cmp.Diff(want, r.environment()); diff != "" {
		t.Errorf("alone (-want +got):\n%s", diff)
	}
}

// request is one that finds its layer in a store, or fails: it has no network.
func request(t *testing.T) *Request {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	return &Request{
		Isolation: sandbox.Namespaces, places: moved,
		Store: st, Offline: true, Release: "1.95.0", Place: "/hermetic/crates", Look: st.Layer,
		Lock:   &cargo.Lockfile{External: []cargo.LockedPackage{{Name: "a", Version: "1.0.0", Source: "registry+x", Checksum: "y"}}},
		Status: func(verb, format string, args ...any) { t.Errorf("%s: "+format, append([]any{verb}, args...)...) },
	}
}

// layer commits a tree of one file.
func layer(t *testing.T, st *store.Store) store.Layer {
	t.Helper()
	b, err := st.Begin("crates")
	if err == nil {
		err = b.AddBytes("a-1.0.0/Cargo.toml", []byte("[package]"), false)
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// remember is what Ensure does after a fetch.
func (r *Request) remember(t *testing.T, l store.Layer) {
	t.Helper()
	key := schema + "\n" + r.Release + "\n" + r.Place + "\n" + r.Lock.Key()
	if err := r.Store.Remember(kind, key, record{l.Digest, "config"}); err != nil {
		t.Fatal(err)
	}
}

func TestEnsureFromStore(t *testing.T) {
	r := request(t)
	l := layer(t, r.Store)
	r.remember(t, l)
	got, err := Ensure(t.Context(), r)
	if err != nil || got.Layer != l || got.Config != "config" {
		t.Errorf("%+v, %v", got, err)
	}
	// The order of the lock file and packages of the workspace do not matter.
	r.Lock.Members = []string{"mine"}
	if _, err := Ensure(t.Context(), r); err != nil {
		t.Error(err)
	}
	// What the layer depends on does.
	for name, change := range map[string]func(r *Request){
		"release": func(r *Request) { r.Release = "1.96.0" },
		"place":   func(r *Request) { r.Place = "/elsewhere" },
		"lock": func(r *Request) {
			r.Lock = &cargo.Lockfile{External: []cargo.LockedPackage{{Name: "a", Version: "1.0.1"}}}
		},
	} {
		other := *r
		change(&other)
		if got, err := Ensure(t.Context(), &other); diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "the network is not to be used") {
			t.Errorf("another %s: %+v, %v", name, got, err)
		}
	}
}

func TestEnsureNothing(t *testing.T) {
	got, err := Ensure(t.Context(), &Request{Lock: &cargo.Lockfile{Members: []string{"mine"}}})
	if diff := cmp.Diff(Crates{}, got, cmp.Comparer(func(a, b digest.Digest) bool { return a == b })); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A layer that is gone, or that cannot be looked at, is never made up.
func TestEnsureWithoutLayer(t *testing.T) {
	r := request(t)
	l := layer(t, r.Store)
	r.remember(t, l)
	if err := r.Store.Drop(l.Digest); err != nil {
		t.Fatal(err)
	}
	if got, err := Ensure(t.Context(), r); diag.ExitCode(err) != diag.ExitFailed || err == nil {
		t.Errorf("gone: %+v, %v", got, err)
	}
	r.Look = func(context.Context, digest.Digest) (store.Layer, bool, error) {
		return store.Layer{}, false, errBroken
	}
	if _, err := Ensure(t.Context(), r); !errors.Is(err, errBroken) {
		t.Errorf("unreadable: %v", err)
	}
}
