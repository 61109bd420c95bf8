package census

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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
	h, err := newHost(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	channels := load(t)
	r := newReport(channels)
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

// provePlain fails unless the perturbation moves plain cargo in the way that
// the channel says, and returns how. Two builds that fail are no proof.
func provePlain(t *testing.T, s *session) string {
	t.Helper()
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
	return fmt.Sprintf("%s -> %s", s.shown(quiet.value), s.shown(perturbed.value))
}

// proveOurs fails unless the hermetic build gives the same in both layouts, or
// refuses by the name that the channel asks for. It returns which.
func proveOurs(t *testing.T, s *session) string {
	t.Helper()
	c := s.channel
	refusal, refused := strings.CutPrefix(c.Ours, refusedPrefix)
	quiet := s.quiet(t)
	switch {
	case refused && quiet.exit != 0 && strings.Contains(quiet.log, refusal):
		return "refused in every layout, " + s.shown(lineWith(quiet.log, refusal))
	case quiet.exit != 0:
		t.Fatalf("ours fails without the perturbation, which proves nothing:\n%s", quiet.log)
	}
	perturbed := s.perturbed(t)
	switch {
	case refused && (perturbed.exit == 0 || !strings.Contains(perturbed.log, refusal)):
		t.Fatalf("ours does not refuse with `%s`: exit %d, `%s`\n%s", refusal, perturbed.exit, perturbed.value, perturbed.log)
	case refused:
		return "refused, " + s.shown(lineWith(perturbed.log, refusal))
	case perturbed.exit != 0:
		t.Fatalf("ours fails under the perturbation:\n%s", perturbed.log)
	case quiet.value != perturbed.value:
		t.Fatalf("ours is moved: from `%s` to `%s`\n%s", quiet.value, perturbed.value, perturbed.log)
	case c.MovedTo != "" && strings.Contains(perturbed.value, c.MovedTo):
		t.Fatalf("ours has `%s` in both layouts: `%s`", c.MovedTo, perturbed.value)
	}
	return "same, " + s.shown(perturbed.value)
}
