//go:build linux

package hermetic_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// condition answers what testscript does not know by itself. Each answer is
// found out by doing, once.
func (h *host) condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "userns":
		return userNamespaces(), nil
	case "mountns":
		return mountNamespaces(), nil
	case "long":
		return os.Getenv("HERMETIC_LONG") != "", nil
	case "registry":
		return registryReachable(), nil
	case "mirror":
		return mirrorReachable(), nil
	case "rustup":
		return h.rustup != "", nil
	case "nightly":
		return h.nightly != "", nil
	case "clippy":
		_, err := os.Stat(filepath.Join(h.toolchain, "bin", "cargo-clippy"))
		return err == nil, nil
	}
	if answer, ok := toolchainConditions[name]; ok {
		return answer(), nil
	}
	return false, fmt.Errorf("unknown condition [%s]", name)
}

var userNamespaces = sync.OnceValue(func() bool {
	return exec.Command("unshare", "--user", "--map-root-user", "true").Run() == nil
})

// mountNamespaces reports whether `inmounts` can cover a directory.
var mountNamespaces = sync.OnceValue(func() bool {
	return exec.Command("unshare", append(unshareFlags(), "--mount", "mount", "-t", "tmpfs", "none", "/mnt")...).Run() == nil
})

// registryReachable lets cargo resolve one crate, in a place of its own.
var registryReachable = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp(theHost.dir, "registry")
	if err != nil {
		return false
	}
	defer removeAll(dir)
	manifest := "[package]\nname = \"p\"\nversion = \"0.0.0\"\n[lib]\npath = \"p.rs\"\n[dependencies]\nitoa = \"1\"\n"
	if os.WriteFile(filepath.Join(dir, "Cargo.toml"), []byte(manifest), 0o644) != nil || os.WriteFile(filepath.Join(dir, "p.rs"), nil, 0o644) != nil {
		return false
	}
	cmd := exec.Command(filepath.Join(theHost.toolchain, "bin", "cargo"), "fetch")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CARGO_HOME="+theHost.fetched, "CARGO_NET_RETRY=0", "RUSTC="+filepath.Join(theHost.toolchain, "bin", "rustc"))
	return cmd.Run() == nil
})

// unshareFlags are what unshare(1) needs besides the namespaces themselves.
func unshareFlags() []string {
	if os.Geteuid() == 0 {
		return nil
	}
	return []string{"--user", "--map-root-user"}
}
