//go:build linux

package hermetic_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// auditedScript is a build script that gives the page what a crate can choose: a
// name of a file that is HTML, one that turns text around, and a variable.
const auditedScript = `use std::fs;
fn main() {
    println!("cargo:rerun-if-env-changed=GREETING");
    println!("cargo:rerun-if-env-changed=<b onclick=alert(3)>");
    let home = std::env::var("HOME").unwrap();
    let names = ["<img src=x onerror=alert(1)>", "\u{202e}backwards", "</td></table><script>alert(2)<\u{2f}script>", "known"];
    for name in names {
        let _ = fs::read(format!("{home}/{name}"));
    }
    let _ = fs::read("/proc/uptime");
}
`

// TestAuditInBrowser makes a page from a real build and uses it in a real
// browser: it reads, searches, filters and sorts.
func TestAuditInBrowser(t *testing.T) {
	findBrowser(t)
	dir := livingProject(t, t.TempDir(), map[string]string{"build.rs": auditedScript, "src/lib.rs": `pub const X: Option<&str> = option_env!("GREETING");`})
	home := t.TempDir()
	for _, name := range []string{"<img src=x onerror=alert(1)>", "\u202ebackwards", "known"} {
		touch(t, filepath.Join(home, name))
	}
	page := filepath.Join(t.TempDir(), "audit.html")
	succeeds(t, dir, livingEnv(t, "HOME="+home, "GREETING=hello"), "audit", "--html", page)

	b := openBrowser(t)
	b.open(page)
	var rows int
	var title, status string
	b.value(`document.title`, &title)
	b.value(`document.querySelectorAll("#channels tbody tr").length`, &rows)
	b.value(`document.querySelector("#shown").value`, &status)
	if title != "Audit of "+filepath.Base(dir) || rows < 10 || !strings.HasSuffix(status, " shown") {
		t.Errorf("the title is %q, there are %d rows, and the page says %q", title, rows, status)
	}
	// What a crate chose is text.
	var strangers int
	b.value(`document.querySelectorAll("img, table table, td script, b[onclick], iframe").length`, &strangers)
	var text string
	b.value(`document.body.textContent`, &text)
	if strangers > 0 || !strings.Contains(text, "<img src=x onerror=alert(1)>") || strings.Contains(text, "\u202e") || !strings.Contains(text, `\u{202e}backwards`) {
		t.Errorf("%d elements are a stranger's, or a name is not shown as it should be:\n%s", strangers, text)
	}
	visible := func() []string {
		var subjects []string
		b.value(`[...document.querySelectorAll("#channels tbody tr")].filter((r) => r.checkVisibility()).map((r) => r.dataset.kind + " " + r.dataset.subject)`, &subjects)
		return subjects
	}
	b.write("#search", " Greeting  ENV")
	if diff := cmp.Diff([]string{"variable GREETING"}, visible()); diff != "" {
		t.Errorf("after a search (-want +got):\n%s", diff)
	}
	b.write("#search", "")
	if got := visible(); len(got) != rows {
		t.Errorf("without a search %d of %d rows are shown", len(got), rows)
	}
	chooseCrateAndKind(t, b, visible)
	sortBySubject(t, b, visible)
	for _, complaint := range b.complaints(page) {
		t.Error(complaint)
	}
}

// choose picks an entry of a list as the keyboard does: its change is an event.
func choose(b *browser, selector, option string) {
	b.t.Helper()
	var done bool
	b.value(`(() => { const e = document.querySelector("`+selector+`"); e.value = "`+option+`"; e.dispatchEvent(new Event("input", {bubbles: true})); return e.value === "`+option+`"; })()`, &done)
	if !done {
		b.t.Fatalf("%s has no entry %q", selector, option)
	}
}

func chooseCrateAndKind(t *testing.T, b *browser, visible func() []string) {
	t.Helper()
	choose(b, "#crate", "p")
	choose(b, "#kind", "clock")
	if diff := cmp.Diff([]string{"clock the clock"}, visible()); diff != "" {
		t.Errorf("of one crate and kind (-want +got):\n%s", diff)
	}
	var others int
	b.value(`[...document.querySelectorAll("details")].filter((d) => d.checkVisibility() && d.dataset.crate !== "p").length`, &others)
	if others > 0 {
		t.Errorf("%d uses by other crates are shown", others)
	}
	choose(b, "#kind", "")
	b.click("#open")
	for _, row := range visible() {
		if strings.HasPrefix(row, "clock ") || strings.HasPrefix(row, "embedded ") {
			t.Errorf("%q is shown, and settles itself", row)
		}
	}
	b.click("#open")
	choose(b, "#crate", "")
}

func sortBySubject(t *testing.T, b *browser, visible func() []string) {
	t.Helper()
	subjects := func() []string {
		rows := visible()
		for i, row := range rows {
			_, rows[i], _ = strings.Cut(row, " ")
		}
		return rows
	}
	var sorted string
	b.click(`th[data-key="subject"] button`)
	up := subjects()
	for i := 1; i < len(up); i++ {
		if up[i-1] > up[i] {
			t.Errorf("%q stands before %q", up[i-1], up[i])
		}
	}
	b.click(`th[data-key="subject"] button`)
	down := subjects()
	if len(up) != len(down) || up[0] == down[0] {
		t.Errorf("the other way round it begins with %q too", down[0])
	}
	b.value(`document.querySelector('th[data-key="subject"]').getAttribute("aria-sort")`, &sorted)
	if sorted != "descending" {
		t.Errorf("a screen reader hears %q", sorted)
	}
	// A proof opens by a click, as it does by the keyboard.
	b.click("#channels tbody tr:not([hidden]) summary")
	var open int
	b.value(`document.querySelectorAll("details[open]").length`, &open)
	if open != 1 {
		t.Errorf("%d proofs are open, want 1", open)
	}
}
