package census

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
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
	channels := load(t)
	var moved, closed, skipped atomic.Int32
	t.Cleanup(func() {
		t.Logf("census: %d channels, %d moved plain cargo, %d closed, %d halves skipped",
			len(channels), moved.Load(), closed.Load(), skipped.Load())
	})
	half := func(t *testing.T, c *channel, ours bool, done *atomic.Int32, prove func(*testing.T, *session)) {
		t.Parallel()
		if missing := lacking(c.Needs); missing != "" {
			skipped.Add(1)
			t.Skipf("`%s` fails on this host", missing)
		}
		v := newVoice(t, c)
		prove(t, &session{place: newPlace(t.TempDir(), theHost, v), channel: c, voice: v, ours: ours})
		if !t.Failed() {
			done.Add(1)
		}
	}
	for _, c := range channels {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			t.Run("plain", func(t *testing.T) { half(t, c, false, &moved, provePlain) })
			t.Run("ours", func(t *testing.T) { half(t, c, true, &closed, proveOurs) })
		})
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

// provePlain fails unless the perturbation moves plain cargo in the way that
// the channel says. Two builds that fail are no proof.
func provePlain(t *testing.T, s *session) {
	quiet := s.quiet(t)
	if quiet.exit != 0 {
		t.Fatalf("plain cargo fails without the perturbation, which proves nothing:\n%s", quiet.log)
	}
	c := s.channel
	if c.How == howBytes {
		// The same layout once more: bytes that differ by themselves prove nothing.
		if again := s.quiet(t); again.value != quiet.value {
			t.Fatalf("plain cargo gives `%s` and then `%s` without any perturbation", quiet.value, again.value)
		}
	}
	perturbed := s.perturbed(t)
	switch {
	case c.How != howOutcome && perturbed.exit != 0:
		t.Fatalf("plain cargo fails under the perturbation, but the channel compares %s:\n%s", c.How, perturbed.log)
	case quiet.value == perturbed.value:
		t.Fatalf("plain cargo is not moved: `%s` in both layouts, which proves nothing\n%s", quiet.value, perturbed.log)
	case !strings.Contains(perturbed.value, c.MovedTo), c.MovedTo != "" && strings.Contains(quiet.value, c.MovedTo):
		t.Fatalf("plain cargo is not moved to `%s`: from `%s` to `%s`\n%s", c.MovedTo, quiet.value, perturbed.value, perturbed.log)
	}
	t.Logf("ch-%s moves plain cargo: `%s` -> `%s` (%s)", c.ID, quiet.value, perturbed.value, c.Title)
}

// proveOurs fails unless the hermetic build gives the same in both layouts, or
// refuses by the name that the channel asks for.
func proveOurs(t *testing.T, s *session) {
	if theHost.oursErr != nil {
		t.Fatal(theHost.oursErr)
	}
	c := s.channel
	refusal, refused := strings.CutPrefix(c.Ours, refusedPrefix)
	quiet := s.quiet(t)
	switch {
	case refused && quiet.exit != 0 && strings.Contains(quiet.log, refusal):
		t.Logf("ch-%s closed, refused in every layout: `%s` (%s)", c.ID, firstError(quiet.log), c.Title)
		return
	case quiet.exit != 0:
		t.Fatalf("ours fails without the perturbation, which proves nothing:\n%s", quiet.log)
	}
	perturbed := s.perturbed(t)
	switch {
	case refused && (perturbed.exit == 0 || !strings.Contains(perturbed.log, refusal)):
		t.Fatalf("ours does not refuse with `%s`: exit %d, `%s`\n%s", refusal, perturbed.exit, perturbed.value, perturbed.log)
	case refused:
		t.Logf("ch-%s closed, refused: `%s` (%s)", c.ID, firstError(perturbed.log), c.Title)
		return
	case perturbed.exit != 0:
		t.Fatalf("ours fails under the perturbation:\n%s", perturbed.log)
	case quiet.value != perturbed.value:
		t.Fatalf("ours is moved: from `%s` to `%s`\n%s", quiet.value, perturbed.value, perturbed.log)
	case c.MovedTo != "" && strings.Contains(perturbed.value, c.MovedTo):
		t.Fatalf("ours has `%s` in both layouts: `%s`", c.MovedTo, perturbed.value)
	}
	t.Logf("ch-%s closed: `%s` in both layouts (%s)", c.ID, perturbed.value, c.Title)
}
