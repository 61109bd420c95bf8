//go:build linux

package hermetic_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cargo-hermetic/cargo-hermetic/internal/verify"
)

// countingScript is a build script that makes what depends on the number of
// processors: files of which the names and the text are HTML, or turn text around.
// Two builds on hosts that differ in it differ, and two such pairs are the same.
const countingScript = `use std::{env, fs, thread};
fn main() {
    let count = thread::available_parallelism().unwrap();
    let out = env::var("OUT_DIR").unwrap();
    for name in ["<img src=x onerror=alert(1)>", "\u{202e}backwards", "</td></table><script>alert(2)<\u{2f}script>"] {
        let file = format!("{out}/{name}");
        fs::create_dir_all(std::path::Path::new(&file).parent().unwrap()).unwrap();
        fs::write(file, format!("<b onclick=alert(3)> {count} </b>")).unwrap();
    }
    fs::write(out + "/count", count.to_string()).unwrap();
}
`

// countingProject is a package that uses it, and one with which nothing is wrong.
func countingProject(t *testing.T) string {
	t.Helper()
	return livingProject(t, t.TempDir(), map[string]string{
		"Cargo.toml":       "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nquiet = { path = \"quiet\" }\n",
		"Cargo.lock":       "version = 4\n\n[[package]]\nname = \"p\"\nversion = \"0.1.0\"\ndependencies = [\n \"quiet\",\n]\n\n[[package]]\nname = \"quiet\"\nversion = \"0.2.0\"\n",
		"build.rs":         countingScript,
		"src/lib.rs":       `pub const COUNT: &str = include_str!(concat!(env!("OUT_DIR"), "/count")); pub use quiet::X;`,
		"quiet/Cargo.toml": "[package]\nname = \"quiet\"\nversion = \"0.2.0\"\nedition = \"2021\"\n",
		"quiet/src/lib.rs": "pub const X: u8 = 1;",
	})
}

// mismatch verifies that project and returns what was printed.
func mismatch(t *testing.T, dir, page string, more ...string) string {
	t.Helper()
	out, code := hermetic(t, dir, livingEnv(t), append([]string{"verify", "-q", "--deterministic=no", "--vary=cpus", "--html", page}, more...)...)
	if code != 113 {
		t.Fatalf("exit code %d, want 113\n%s", code, out)
	}
	return out
}

// TestVerifyForms makes one mismatch twice: what one run prints for people and
// the other for programs says the same, and the two pages are the same.
func TestVerifyForms(t *testing.T) {
	dir, pages := countingProject(t), t.TempDir()
	one, two := filepath.Join(pages, "one.html"), filepath.Join(pages, "two.html")
	text, data := mismatch(t, dir, one), mismatch(t, dir, two, "--format=json")
	var report struct {
		Verdict string
		verify.Report
	}
	if err := json.Unmarshal([]byte(data), &report); err != nil {
		t.Fatalf("%v in:\n%s", err, data)
	}
	if diff := cmp.Diff(text, report.Text()); diff != "" {
		t.Errorf("the text, and what the JSON says (-want +got):\n%s", diff)
	}
	if want := "because of: cpus ("; report.Verdict != "mismatch" || !strings.Contains(text, want) {
		t.Errorf("the verdict is %q, or there is no %q in:\n%s", report.Verdict, want, text)
	}
	var shown [2]string
	for i, name := range []string{one, two} {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		shown[i] = string(page)
	}
	if diff := cmp.Diff(shown[0], shown[1]); diff != "" {
		t.Errorf("two pages of one report (-first +second):\n%s", diff)
	}
}

// TestVerifyInBrowser makes a page from a real mismatch and uses it in a real
// browser: it reads, follows the graph and searches.
func TestVerifyInBrowser(t *testing.T) {
	findBrowser(t)
	dir := countingProject(t)
	page := filepath.Join(t.TempDir(), "verify.html")
	mismatch(t, dir, page, "--no-bisect")

	b := openBrowser(t)
	b.open(page)
	var title, verdict string
	b.value(`document.title`, &title)
	b.value(`document.querySelector("#verdict").innerText`, &verdict)
	if title != "Verification of "+filepath.Base(dir)+": mismatch" || verdict != "mismatch: 1 of 1 outputs differ" {
		t.Errorf("the title is %q and the verdict %q", title, verdict)
	}
	strangersAreText(t, b)
	guiltyIsMarked(t, b)
	searchSteps(t, b)
	for _, complaint := range b.complaints(page) {
		t.Error(complaint)
	}
}

// strangersAreText: names and bytes that the build script chose are text.
func strangersAreText(t *testing.T, b *browser) {
	t.Helper()
	var strangers int
	b.value(`document.querySelectorAll("img, table table, td script, th script, li script, b[onclick], iframe").length`, &strangers)
	var text string
	b.value(`document.body.textContent`, &text)
	if strangers > 0 || strings.Contains(text, "\u202e") {
		t.Errorf("%d elements are a stranger's, or text is turned around:\n%s", strangers, text)
	}
	for _, want := range []string{"<img src=x onerror=alert(1)>", `\u{202e}backwards`, "</td></table><script>alert(2)</script>"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not shown in:\n%s", want, text)
		}
	}
	// Both sides, beside each other, with the same before and behind what differs.
	var sides []string
	b.value(`[...document.querySelectorAll("#differences tbody tr:first-child td")].map((e) => e.innerText)`, &sides)
	var marks []string
	b.value(`[...document.querySelectorAll("#differences tbody tr:first-child td mark")].map((e) => e.innerText)`, &marks)
	if len(sides) != 2 || len(marks) != 2 || marks[0] == marks[1] || !strings.HasSuffix(marks[1], "3") {
		t.Fatalf("the two sides are %q, of which %q is marked", sides, marks)
	}
	for i, side := range sides {
		if !strings.HasPrefix(side, "<b onclick=alert(3)> ") || !strings.HasSuffix(side, " </b>") || !strings.Contains(side, marks[i]) {
			t.Errorf("a side is %q, and of it is marked %q", side, marks[i])
		}
	}
	var beside bool
	b.value(`(() => { const [a, b] = [...document.querySelectorAll("#differences tbody tr:first-child td")].map((e) => e.getBoundingClientRect()); return a.top === b.top && a.right <= b.left; })()`, &beside)
	if !beside {
		t.Error("the two sides are not beside each other")
	}
}

// guiltyIsMarked looks at what is drawn: the states of the boxes, where they stand,
// and which lines the difference goes along.
func guiltyIsMarked(t *testing.T, b *browser) {
	t.Helper()
	var boxes []string
	b.value(`[...document.querySelectorAll("#graph .box")].map((e) => e.getAttribute("aria-label")).sort()`, &boxes)
	want := []string{"p 0.1.0 (build script): first cause", "p 0.1.0 (compiling the build script): same", "p 0.1.0: follows", "quiet 0.2.0: same"}
	if diff := cmp.Diff(want, boxes); diff != "" {
		t.Errorf("boxes (-want +got):\n%s", diff)
	}
	var lines []string
	b.value(`[...document.querySelectorAll("#graph .line")].map((e) => [e.dataset.from, e.dataset.to].map((id) =>
		document.querySelector('#graph [data-id="' + id + '"]').getAttribute("aria-label").split(":")[0]).join(" > ") + (e.matches(".differs") ? " differs" : "")).sort()`, &lines)
	want = []string{"p 0.1.0 (build script) > p 0.1.0 differs", "p 0.1.0 (compiling the build script) > p 0.1.0 (build script)", "quiet 0.2.0 > p 0.1.0"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	// What the eye sees: the first cause has the thickest border, in a colour of its own,
	// and stands to the left of what follows from it.
	var seen struct {
		Cause, Follows, Same string
		Left, Inside         bool
	}
	b.value(`(() => {
		const border = (e) => { const s = getComputedStyle(e.querySelector("rect")); return s.strokeWidth + " " + s.stroke; };
		const one = (state) => document.querySelector("#graph .box." + state);
		const rect = (e) => e.querySelector("rect").getBoundingClientRect();
		return {Cause: border(one("cause")), Follows: border(one("follows")), Same: border(one("same")),
			Left: rect(one("cause")).right < rect(one("follows")).left,
			Inside: [...document.querySelectorAll("#graph text")].every((e) => e.getBoundingClientRect().right <= rect(e.closest("a")).right)};
	})()`, &seen)
	if !strings.HasPrefix(seen.Cause, "4px ") || seen.Cause == seen.Follows || seen.Follows == seen.Same || !seen.Left || !seen.Inside {
		t.Errorf("what is seen of the graph: %+v", seen)
	}
	// A box leads to its row.
	var target string
	b.click("#graph .box.cause")
	b.value(`document.querySelector("tr:target th").innerText + " " + document.querySelector("tr:target").checkVisibility()`, &target)
	if target != "p 0.1.0 (build script) true" {
		t.Errorf("the box leads to %q", target)
	}
}

// searchSteps hides rows by words and by the switch, and fades their boxes.
func searchSteps(t *testing.T, b *browser) {
	t.Helper()
	state := func() (rows, boxes []string, status string) {
		b.value(`[...document.querySelectorAll("#steps tbody tr")].filter((r) => r.checkVisibility()).map((r) => r.cells[0].innerText).sort()`, &rows)
		b.value(`[...document.querySelectorAll("#graph .box:not(.faded)")].map((e) => e.getAttribute("aria-label").split(":")[0]).sort()`, &boxes)
		b.value(`document.querySelector("#shown").value`, &status)
		return rows, boxes, status
	}
	expect := func(what string, want ...string) string {
		t.Helper()
		rows, boxes, status := state()
		if diff := cmp.Diff([][]string{want, want}, [][]string{rows, boxes}, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: rows and boxes (-want +got):\n%s", what, diff)
		}
		return status
	}
	all := []string{"p 0.1.0", "p 0.1.0 (build script)", "p 0.1.0 (compiling the build script)", "quiet 0.2.0"}
	every := expect("at first", all...)
	b.write("#search", " SAME  quiet ")
	if status := expect("after a search", "quiet 0.2.0"); status == every || !strings.HasPrefix(status, "1 of ") {
		t.Errorf("one row of all is shown, and the page says %q", status)
	}
	// What the search has hidden is shown when a box leads there.
	b.click("#graph .box.cause")
	expect("after a click on a hidden one", all...)
	b.click("#differing")
	expect("of what differs", "p 0.1.0", "p 0.1.0 (build script)")
	b.click("#differing")
	b.write("#search", "no such word")
	if status := expect("of nothing"); !strings.HasPrefix(status, "0 of ") {
		t.Errorf("nothing is shown, and the page says %q", status)
	}
	b.write("#search", "")
	if status := expect("in the end", all...); status != every {
		t.Errorf("the page says %q, and said %q", status, every)
	}
}
