//go:build !windows

package roots

import "testing"

// A hermetic build looks for configuration from where the caller is, if that is
// a part of the root, and otherwise from the workspace.
func TestHermeticConfigRoute(t *testing.T) {
	for _, c := range []struct{ workspace, cwd, want string }{
		{"/real/r", "/real/r", "/real/r"},
		{"/real/r", "/real/r/a/b", "/real/r/a/b"},
		{"/real/r/ws", "/real/r/ws/p", "/real/r/ws/p"},
		{"/real/r/ws", "/elsewhere", "/real/r/ws"},
		{"/real/r/ws", "/real", "/real/r/ws"},
		{"/real/r/ws", "/real/r2", "/real/r/ws"},
		{"/real/r/ws", "/real/r/target/debug", "/real/r/ws"}, // not in the world
		{"/real/r/ws", "/real/r/.git", "/real/r/ws"},
		{"/real/r/target/ws", "/elsewhere", "/real/r"},
		{"/real/r", "/real/r/..a", "/real/r/..a"},
	} {
		req := Request{Cwd: c.cwd, Covered: []string{".git", "target"}}
		got := newFinder(nil, "").configRoute(req, Found{Root: "/real/r", Workspace: c.workspace})
		if got.Start != c.want || got.Bound != "/real/r" {
			t.Errorf("workspace %s, from %s: %+v, want %q", c.workspace, c.cwd, got, c.want)
		}
	}
}
