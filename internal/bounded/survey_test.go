package bounded

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// TestSurveySeesLinks bounds a manifest that is reached through a link. Cargo
// would see another name and go on to the top: shown, then refused.
func TestSurveySeesLinks(t *testing.T) {
	repo, foo := repository(t)
	link := filepath.Join(repo, "link")
	if err := os.Symlink(filepath.Dir(foo), link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	linked := filepath.Join(link, "foo")
	req := request(t, repo, repo, linked, linked, "metadata")
	hole := &Command{Path: req.Cargo, Dir: linked, Env: append(list(req.Env), Switch+"="+linked)}
	if got, err := json.Marshal(effective(t, hole)); err != nil || !strings.Contains(string(got), "above") {
		t.Fatalf("cargo kept a bound behind a link (%v):\n%s", err, got)
	}
	req, err := Survey(req, req.Env["CARGO_HOME"])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Facts{Bound: foo}, req.Facts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Plan(req); diag.ExitCode(err) != diag.ExitIsolation {
		t.Errorf("planned: %v", err)
	}

	req.Dir, req.Config = link, Route{link, repo}
	if _, err := Survey(req, req.Env["CARGO_HOME"]); diag.ExitCode(err) != diag.ExitIsolation {
		t.Errorf("a working directory behind a link was accepted: %v", err)
	}
	req.Dir = filepath.Join(repo, "none")
	if _, err := Survey(req, req.Env["CARGO_HOME"]); err == nil {
		t.Error("a working directory that does not exist was accepted")
	}
}
