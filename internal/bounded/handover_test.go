package bounded

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// effective is the configuration that cargo itself says it has.
func effective(t *testing.T, c *Command, options ...string) any {
	t.Helper()
	ask := *c
	ask.Args = append(options, "-Zunstable-options", "config", "get", "--format", "json")
	ask.Env = append(slices.Clone(c.Env), "RUSTC_BOOTSTRAP=1") // `config get` is unstable
	out, said, ok := start(t, &ask)
	if !ok {
		t.Fatalf("config get failed:\n%s", said)
	}
	var value any
	if err := json.Unmarshal([]byte(out), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestConfigurationIsTheRoutes compares the handed configuration with what cargo
// itself finds on the true route, including the order of merged lists and the
// files in its home.
func TestConfigurationIsTheRoutes(t *testing.T) {
	homeFile := "[build]\nrustflags = [\"--cfg\", \"home\"]\n[net]\nretry = 2\n"
	for name, edit := range map[string]func(t *testing.T, repo string, req *Request){
		"home elsewhere": func(t *testing.T, _ string, req *Request) {
			write(t, req.Env["CARGO_HOME"], map[string]string{"config.toml": homeFile})
		},
		"home on the route": func(_ *testing.T, repo string, req *Request) {
			req.Env["CARGO_HOME"] = filepath.Join(repo, ".cargo")
		},
		"home behind a link": func(t *testing.T, repo string, req *Request) {
			link := filepath.Join(t.TempDir(), "home")
			if err := os.Symlink(filepath.Join(repo, ".cargo"), link); err != nil {
				t.Skipf("no symbolic links here: %v", err)
			}
			req.Env["CARGO_HOME"] = link
		},
		"no home": func(t *testing.T, _ string, req *Request) {
			req.Env["CARGO_HOME"] = filepath.Join(t.TempDir(), "none")
		},
	} {
		t.Run(name, func(t *testing.T) {
			repo, foo := repository(t)
			tools := filepath.Join(repo, "tools")
			req := request(t, repo, tools, foo, foo, "metadata")
			edit(t, repo, &req)
			c := planned(t, req)
			var options []string
			for i, arg := range c.Args {
				if arg == "--config" {
					options = append(options, arg, c.Args[i+1])
				}
			}
			route := &Command{Path: c.Path, Dir: tools, Env: slices.Clone(c.Env)}
			for i, pair := range route.Env {
				if strings.HasPrefix(pair, Switch+"=") {
					route.Env[i] = Switch + "=" + repo
				}
			}
			if diff := cmp.Diff(effective(t, route), effective(t, c, options...)); diff != "" {
				t.Errorf("(-true route +handed over):\n%s", diff)
			}
			if len(options) == 0 {
				t.Error("nothing was handed over")
			}
		})
	}
}
