package census

import (
	"fmt"
	"strings"
	"testing"
)

// provePlain fails unless the perturbation moves plain cargo in the way that
// the channel says, and returns how. Two builds that fail are no proof.
func provePlain(t *testing.T, s *session) string {
	t.Helper()
	quiet := s.quiet(t)
	if quiet.exit != 0 {
		t.Fatalf("plain cargo fails without the perturbation, which proves nothing:\n%s", quiet.log)
	}
	if s.channel.How == howBytes && !s.channel.Alone {
		// The same layout once more: bytes that differ by themselves prove nothing.
		if again := s.quiet(t); again.value != quiet.value {
			t.Fatalf("plain cargo gives `%s` and then `%s` without any perturbation", quiet.value, again.value)
		}
	}
	perturbed := s.perturbed(t)
	if err := s.channel.moved(quiet, perturbed); err != nil {
		t.Fatalf("plain cargo %v, which proves nothing\n%s", err, perturbed.log)
	}
	return fmt.Sprintf("%s -> %s", s.shown(quiet.value), s.shown(perturbed.value))
}

// proveOurs fails unless the hermetic build gives the same in both layouts, or
// refuses by the name that the channel asks for, or is moved where the channel
// says that it is open. It returns what was seen.
func proveOurs(t *testing.T, s *session) string {
	t.Helper()
	c := s.channel
	kind, text := c.asked()
	quiet := s.quiet(t)
	switch {
	case kind == oursRefused && quiet.exit != 0 && strings.Contains(quiet.log, text):
		return fmt.Sprintf("exit %d in either layout", quiet.exit)
	case quiet.exit != 0:
		t.Fatalf("ours fails without the perturbation, which proves nothing:\n%s", quiet.log)
	}
	perturbed := s.perturbed(t)
	switch kind {
	case oursRefused:
		if perturbed.exit == 0 || !strings.Contains(perturbed.log, text) {
			t.Fatalf("ours does not refuse with `%s`: exit %d, `%s`\n%s", text, perturbed.exit, perturbed.value, perturbed.log)
		}
		return fmt.Sprintf("exit %d", perturbed.exit)
	case oursOpen:
		// Strict, so that what is closed cannot go on being counted as open.
		if err := c.moved(quiet, perturbed); err != nil {
			t.Fatalf("the channel is said to be open, but ours %v\nif it is closed, its file should say so\n%s", err, perturbed.log)
		}
		return fmt.Sprintf("%s -> %s", s.shown(quiet.value), s.shown(perturbed.value))
	}
	if err := c.unmoved(quiet, perturbed); err != nil {
		t.Fatalf("ours %v\n%s", err, perturbed.log)
	}
	return s.shown(perturbed.value)
}

// moved is nil if the perturbed build differs from the quiet one in the way that
// the channel says.
func (c *channel) moved(quiet, perturbed observation) error {
	switch {
	case c.How != howOutcome && perturbed.exit != 0:
		return fmt.Errorf("fails under the perturbation, but the channel compares %s", c.How)
	case quiet.value == perturbed.value:
		return fmt.Errorf("is not moved: `%s` in both layouts", quiet.value)
	case !strings.Contains(perturbed.value, c.MovedTo), c.MovedTo != "" && strings.Contains(quiet.value, c.MovedTo):
		return fmt.Errorf("is not moved to `%s`: from `%s` to `%s`", c.MovedTo, quiet.value, perturbed.value)
	}
	return nil
}

// unmoved is nil if both builds succeed with the same value, which is not the
// one that the perturbation brings.
func (c *channel) unmoved(quiet, perturbed observation) error {
	switch {
	case perturbed.exit != 0:
		return fmt.Errorf("fails under the perturbation: exit %d", perturbed.exit)
	case quiet.value != perturbed.value:
		return fmt.Errorf("is moved: from `%s` to `%s`", quiet.value, perturbed.value)
	case c.MovedTo != "" && strings.Contains(perturbed.value, c.MovedTo):
		return fmt.Errorf("has `%s` in both layouts: `%s`", c.MovedTo, perturbed.value)
	}
	return nil
}

// TestVerdicts puts each kind of pair of builds to both questions: no pair may
// count as moved and as not moved, and some count as neither.
func TestVerdicts(t *testing.T) {
	output := &channel{How: howOutput, MovedTo: "ambient"}
	outcome := &channel{How: howOutcome, MovedTo: "ambient"}
	alone := &channel{How: howOutput, Alone: true}
	for _, test := range []struct {
		name             string
		c                *channel
		quiet, perturbed observation
		moved, unmoved   bool
	}{
		{"moved", output, observation{value: "quiet"}, observation{value: "ambient"}, true, false},
		{"not moved", output, observation{value: "quiet"}, observation{value: "quiet"}, false, true},
		{"moved elsewhere", output, observation{value: "quiet"}, observation{value: "other"}, false, false},
		{"moved in both", output, observation{value: "ambient"}, observation{value: "ambient"}, false, false},
		{"moved in both, and differing", output, observation{value: "ambient 1"}, observation{value: "ambient 2"}, false, false},
		{"failed", output, observation{value: "quiet"}, observation{exit: 101, value: "exit 101 ambient"}, false, false},
		{"moved to a failure", outcome, observation{value: "exit 0"}, observation{exit: 101, value: "exit 101 ambient"}, true, false},
		{"moved by itself", alone, observation{value: "1"}, observation{value: "2"}, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.c.moved(test.quiet, test.perturbed); (err == nil) != test.moved {
				t.Errorf("moved: %v, want %t", err, test.moved)
			}
			if err := test.c.unmoved(test.quiet, test.perturbed); (err == nil) != test.unmoved {
				t.Errorf("unmoved: %v, want %t", err, test.unmoved)
			}
		})
	}
}
