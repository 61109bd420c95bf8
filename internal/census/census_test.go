package census

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

const directory = "../../testdata/census"

// TestCensus proves every channel: it moves plain cargo, and it does not move
// ours. Run one half with -run 'TestCensus/.*/plain'.
func TestCensus(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the fixtures are written for Linux")
	}
	if testing.Short() {
		t.Skip("the census builds every channel four times")
	}
	h, err := newHost(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	channels := load(t)
	r := newReport(channels, loadCannotAct(t))
	t.Cleanup(func() { // after the last half
		// Not t.Log: the census is the output of this test, also without -v.
		if err := r.write(os.Stdout); err != nil {
			t.Error(err)
		}
	})
	for _, c := range channels {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			t.Run("plain", func(t *testing.T) { prove(t, h, c, plain, r) })
			t.Run("ours", func(t *testing.T) { prove(t, h, c, ours, r) })
		})
	}
}

// prove runs one half, and reports it however it ends.
func prove(t *testing.T, h *host, c *channel, which int, r *report) {
	t.Parallel()
	var came half // that is, failed, until it is known better
	defer func() { r.set(c, which, came) }()
	if missing := lacking(c.Needs); missing != "" {
		came = half{skipped, fmt.Sprintf("skipped, `%s` fails on this host", missing)}
		t.Skip(came.said)
	}
	v := newVoice(t, c)
	s := &session{place: newPlace(t.TempDir(), h, v), channel: c, voice: v, ours: which == ours}
	if s.ours {
		s.seen = world.Root
		must(t, "the product", h.product())
		came.said = proveOurs(t, s)
	} else {
		came.said = provePlain(t, s)
	}
	if !t.Failed() {
		came.end = proved
	}
}

// load reads the whole census.
func load(t *testing.T) []*channel {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(directory, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no channels in %s: %v", directory, err)
	}
	var channels []*channel
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseChannel(name, data)
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, c)
	}
	return channels
}

// lacking returns the first condition, a shell command, that fails on this host.
func lacking(conditions []string) string {
	for _, condition := range conditions {
		if err := exec.Command("sh", "-c", condition).Run(); err != nil {
			return condition
		}
	}
	return ""
}
