package determinism

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for name, c := range map[string]struct{ argv, env, args, variables []string }{
		"nothing": {},
		"what is done": {
			argv: []string{"rustc", "--crate-name", "p", "-C", "opt-level=3"}, env: []string{"PATH=/usr/bin", "CARGO_PKG_NAME=p"},
			args: []string{"rustc", "--crate-name", "p", "-C", "opt-level=3"}, variables: []string{"CARGO_PKG_NAME=p", "PATH=/usr/bin"},
		},
		"how it is shown": {
			argv: []string{"rustc", "--error-format=json", "--json=diagnostic-rendered-ansi,artifacts", "--diagnostic-width=71", "--color=always", "src/lib.rs"},
			args: []string{"rustc", "src/lib.rs"},
		},
		"a program of that name": {argv: []string{"--json=x"}, args: []string{"--json=x"}},
		"how many at once": {
			env:       []string{"NUM_JOBS=2", "A=1", "CARGO_MAKEFLAGS=-j --jobserver-fds=6,7", "MAKEFLAGS=-j2", "MFLAGS=-j2", "LD_LIBRARY_PATH=/x", "NUM_JOBS_MAX=9"},
			variables: []string{"A=1", "NUM_JOBS_MAX=9"},
		},
	} {
		args, variables := Words(c.argv), Variables(c.env)
		if diff := cmp.Diff([][]string{c.args, c.variables}, [][]string{args, variables}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
