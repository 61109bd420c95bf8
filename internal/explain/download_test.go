package explain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

func TestPinIt(t *testing.T) {
	const url = "https://example.org/a-1.2%20b.tar.gz"
	proposal := func(url, crate, lead string) string {
		return `there is no network in a hermetic build: pin the file in hermetic.toml, [[download]] with url = "` + url + `", sha256 = "...", crate = "` + crate + `", ` + lead +
			`, and run cargo hermetic fetch; or put it into the root, or turn the download off, as the crate's documentation says`
	}
	const anywhere = `env or path = "where it looks"`
	for name, c := range map[string]struct {
		crate  string
		argv   []string
		policy policy.Policy
		want   string
	}{
		"nothing known":      {"p", []string{"build-script-build"}, policy.Policy{}, proposal("URL", "p", anywhere)},
		"by a program":       {"p", []string{"curl", "-o", "x", url}, policy.Policy{}, proposal(url, "p", anywhere)},
		"with a password":    {"p", []string{"curl", "https://me:secret@example.org/a"}, policy.Policy{}, proposal("URL", "p", anywhere)},
		"with a query":       {"p", []string{"curl", "https://example.org/a?b=1"}, policy.Policy{}, proposal("URL", "p", anywhere)},
		"that ends a quote":  {"p", []string{"curl", `https://example.org/"x`}, policy.Policy{}, proposal("URL", "p", anywhere)},
		"far too long":       {"p", []string{"curl", "https://example.org/" + strings.Repeat("a", 300)}, policy.Policy{}, proposal("URL", "p", anywhere)},
		"by git":             {"p", []string{"git", "clone", "ssh://example.org/a"}, policy.Policy{}, proposal("URL", "p", anywhere)},
		"a crate of no name": {"p\nq", []string{"curl"}, policy.Policy{}, proposal("URL", "CRATE", anywhere)},
		"a known crate":      {"v8", []string{"python3"}, policy.Policy{}, proposal("URL", "v8", `env = "RUSTY_V8_ARCHIVE"`)},
		"a URL of a known crate": {"utoipa-swagger-ui", []string{"curl", url}, policy.Policy{},
			proposal(url, "utoipa-swagger-ui", `env = "SWAGGER_UI_DOWNLOAD_URL=file://{path}"`)},
		"pinned for another": {"p", []string{"curl"}, policy.Policy{Downloads: []policy.Download{{Crate: "q"}}}, proposal("URL", "p", anywhere)},
		"pinned": {"p", []string{"curl"}, policy.Policy{Downloads: []policy.Download{{Crate: "q"}, {Crate: "p"}}},
			"there is no network in a hermetic build: hermetic.toml pins a download for p, and it was not taken; look into the crate's documentation for the variable or the place that it reads"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &observation.Process{Argv: c.argv, Unit: observation.Unit{Package: c.crate}}
			if diff := cmp.Diff(c.want, Build{Policy: &c.policy}.pinIt(p, urlOf(c.argv))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
