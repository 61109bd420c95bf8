package audit

import (
	"encoding/json"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// hostile is a name that a crate may choose.
const hostile = "<img src=x onerror=alert(1)>\x1b[31m\u202e</script><script>alert(2)</script>"

func hostileReport() Report {
	r := sampleRecord(
		did(inScript, observation.Open, "/h/"+hostile), did(inRustc, observation.Execute, "/usr/bin/gcc"),
		did(inRustc, observation.Load, "/tmp/a/target/debug/deps/lib"+strings.ReplaceAll(hostile, "/", "")+"-1.so"), did(inRustc, observation.Open, "/h/x"),
	)
	r.Processes[inScript-1].Unit.Package = hostile
	r.Processes[inScript-1].Exe = "/t/" + hostile
	facts := sampleFacts()
	facts.Declared = []Declared{{Name: hostile, File: hostile, OutDirHash: HashValue("/t/debug/build/z-sys-2/out")}}
	facts.Bytes = []Bytes{{File: "debug/deps/app", Unit: hostile, Place: "the path of the root", Path: "/h/src/" + hostile, Count: 1}}
	facts.Places.Root, facts.Command = "/h/src/"+hostile, []string{"cargo", "build", hostile}
	return Analyse(r, facts)
}

func TestText(t *testing.T) {
	report := Analyse(sampleRecord(
		did(inCC1, observation.Open, "/usr/include/z.h"), did(inScript, observation.Connect, "192.0.2.1:443"), missed(inScript, observation.Execute, "/usr/bin/protoc"),
		did(inCargo, observation.Open, "/h/cargo/registry/a"), did(inCargo, observation.Open, "/h/cargo/registry/b"),
	), sampleFacts())
	report.Channels = report.Channels[:4]
	const want = `4 channels of ` + "`cargo build` in `/h/src/app`" + `

chooses the source, the compiler or its flags (4 channels):
  network  192.0.2.1:443
      z-sys 1.2.3 (build script)
          connected to 192.0.2.1:443, by build-script-build, process 13
      settled: by a change in the project: a hermetic build has no network; name what is downloaded in [[download]] of hermetic.toml, with its address and SHA-256, or put it into the root
  variable  RUSTFLAGS
      cargo
          reads RUSTFLAGS [sha256:`
	text := report.Text(false)
	if diff := cmp.Diff(want, text[:min(len(want), len(text))]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(text, "opened /h/cargo/registry/a, by cargo, process 11\n          and 1 more\n") {
		t.Error("proofs are not counted:\n" + text)
	}
	if all := report.Text(true); !strings.Contains(all, "registry/a, by cargo, process 11\n          opened /h/cargo/registry/b") {
		t.Error("with -v, not every proof is there:\n" + all)
	}
}

func TestNothingHostileInText(t *testing.T) {
	for _, all := range []bool{false, true} {
		text := hostileReport().Text(all)
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("an escape sequence is in the text:\n%q", text)
		}
	}
}

func TestJSON(t *testing.T) {
	want := hostileReport()
	data, err := want.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHTML looks at the page as text; the test of the whole program opens it in
// a browser.
func TestHTML(t *testing.T) {
	data, err := hostileReport().HTML()
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("the page has %d scripts, want 1", n)
	}
	for _, bad := range []string{"<img", "\x1b", "\u202e", " onerror=\"", "http://", "https://", "ZgotmplZ", " href="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, good := range []string{"<img src=x onerror=alert(1)>", ui.ContentSource(styleText), ui.ContentSource(scriptText), "default-src 'none'", `\u{202e}`} {
		if !strings.Contains(html.UnescapeString(page), good) {
			t.Errorf("the page has no %q", good)
		}
	}
	if len(page) < len(styleText)+len(scriptText) {
		t.Error("the style or the script is not in the page")
	}
}
