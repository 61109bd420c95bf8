package bounded

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadArgs(t *testing.T) {
	for line, want := range map[string]args{
		"":                                  {},
		"build":                             {verb: "build"},
		"-vq --locked build":                {verb: "build", verbAt: 2},
		"--config a=1 build":                {verb: "build", verbAt: 2, frontConfig: true},
		"--config=a=1 build":                {verb: "build", verbAt: 1, frontConfig: true},
		"-Z a build":                        {verb: "build", verbAt: 2},
		"-ZaCZ build":                       {verb: "build", verbAt: 1},
		"-vZ a build":                       {verb: "build", verbAt: 2},
		"--explain E1":                      {},
		"-- build":                          {},
		"--color":                           {},
		"t --manifest-path /m":              {verb: "t", manifest: true},
		"t --manifest-path=/m --":           {verb: "t", manifest: true},
		"t -- --manifest-path m --config x": {verb: "t"},
	} {
		got, err := readArgs(strings.Fields(line))
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(args{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}
