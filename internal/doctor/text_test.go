package doctor

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
)

func sample() *Report {
	refused := verdict("namespaces", diag.New(diag.ExitIsolation, "it is not available").
		Because(diag.New(diag.ExitFailed, "operation not permitted").Note("switched off")).
		Note("see `cargo hermetic doctor`").WithHelp("first line\nsecond line"))
	works := verdict("landlock", nil)
	works.Weaker = []string{"one thing"}
	return &Report{
		Version: "1.2.3", Isolation: "namespaces", Host: Host{System: "Debian \x1b[2J", Kernel: "Linux 6.18", Root: true},
		Isolations: []Verdict{refused, works},
		Features: []probe.Result{
			{Name: "user-namespace", What: "a user namespace", State: probe.Failed, Step: "starting", ErrnoName: "EPERM", Error: "starting: not permitted",
				RequiredBy: []string{"namespaces"}, Strengthens: []string{}, Reason: "switched off", Help: "switch it on", Milliseconds: 1.25},
			{Name: "id-map", What: "a user", State: probe.Skipped, Missing: "user-namespace", RequiredBy: []string{"namespaces"}, Strengthens: []string{}, Reason: "cannot be tried without `user-namespace`"},
			{Name: "landlock", What: "Landlock", State: probe.OK, Value: "version 7", RequiredBy: []string{"landlock"}, Strengthens: []string{}, Milliseconds: 2.5},
		},
		Checks: []Check{
			{Name: "system", State: Bad, Text: "gcc is not installed", Notes: []string{"a note"}, Help: "apt-get install gcc"},
			{Name: "network", State: Unknown, Text: "not tried", Notes: []string{}},
		},
	}
}

func TestText(t *testing.T) {
	const want = `  host                Debian \x1b[2J, Linux 6.18, as root

isolations:
  namespaces          does not work: it is not available
                      cause: operation not permitted
                      note: switched off
                      lacks: user-namespace
                      help: first line
                            second line
  landlock            works
                      weaker: one thing

features of the kernel, 1 of 3 work, 1 cannot be tried without others:
  user-namespace      no: starting: not permitted
                      switched off
                      help: switch it on

besides an isolation:
  system              failed: gcc is not installed
                      a note
                      help: apt-get install gcc
  network             not tried

isolation ` + "`namespaces`" + ` does not work on this host; try ` + "`--isolation landlock`" + `
`
	if diff := cmp.Diff(want, sample().Text(false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := sample().Text(true)
	for _, line := range []string{"  id-map              no: cannot be tried without `user-namespace`\n", "  landlock            2.5 ms  Landlock (version 7)\n", "required by: namespaces\n"} {
		if !strings.Contains(all, line) {
			t.Errorf("no %q in\n%s", line, all)
		}
	}
}

// TestJSON fixes the names: programs read them.
func TestJSON(t *testing.T) {
	data, err := sample().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"version": "1.2.3", "isolation": "namespaces", "works": false,
		"host": map[string]any{"system": "Debian \x1b[2J", "kernel": "Linux 6.18", "root": true},
		"isolations": []any{
			map[string]any{"isolation": "namespaces", "works": false, "weaker": []any{}, "errors": []any{"it is not available", "operation not permitted"},
				"notes": []any{"see `cargo hermetic doctor`", "switched off"}, "help": "first line\nsecond line", "milliseconds": 0.0},
			map[string]any{"isolation": "landlock", "works": true, "weaker": []any{"one thing"}, "errors": []any{}, "notes": []any{}, "milliseconds": 0.0},
		},
		"features": []any{
			map[string]any{"name": "user-namespace", "what": "a user namespace", "state": "failed", "step": "starting", "errno": "EPERM", "error": "starting: not permitted",
				"required_by": []any{"namespaces"}, "strengthens": []any{}, "reason": "switched off", "help": "switch it on", "milliseconds": 1.25},
			map[string]any{"name": "id-map", "what": "a user", "state": "skipped", "missing": "user-namespace", "required_by": []any{"namespaces"}, "strengthens": []any{},
				"reason": "cannot be tried without `user-namespace`", "milliseconds": 0.0},
			map[string]any{"name": "landlock", "what": "Landlock", "state": "ok", "value": "version 7", "required_by": []any{"landlock"}, "strengthens": []any{}, "milliseconds": 2.5},
		},
		"checks": []any{
			map[string]any{"name": "system", "state": "failed", "text": "gcc is not installed", "notes": []any{"a note"}, "help": "apt-get install gcc"},
			map[string]any{"name": "network", "state": "skipped", "text": "not tried", "notes": []any{}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProfile(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/bin/cargo-hermetic":      `profile cargo-hermetic "/usr/bin/cargo-hermetic" flags=(unconfined) {`,
		"/home/a b/[x]*{y}^@z\\w/tool": `profile cargo-hermetic "/home/a b/\[x\]\*\{y\}\^\@z\\w/tool" flags=(unconfined) {`,
	} {
		got, err := profile(path)
		if err != nil || !strings.Contains(got, "\n"+want+"\n  userns,\n") || !strings.Contains(got, "\n#   sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\n") {
			t.Errorf("%v\n%s", err, got)
		}
	}
	for _, path := range []string{"/a\nb", `/a"b`, "/a\xffb"} {
		if got, err := profile(path); err == nil {
			t.Errorf("%q: %s", path, got)
		}
	}
}
