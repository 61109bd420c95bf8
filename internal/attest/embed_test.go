package attest

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

var (
	oneRecipe   = digest.Of([]byte("one recipe"))
	otherRecipe = digest.Of([]byte("another recipe, which is longer"))
)

// embedded embeds and checks everything that holds of every format: it can be
// taken out, embedding twice is embedding once, another recipe takes the place
// of the first, and the argument stays as it is.
func embedded(t testing.TB, program []byte) []byte {
	t.Helper()
	if _, err := Extract(program); !errors.Is(err, ErrNoNote) || diag.ExitCode(err) != diag.ExitAttestation {
		t.Fatalf("before: %v", err)
	}
	before := bytes.Clone(program)
	once := mustEmbed(t, program, oneRecipe)
	if !bytes.Equal(program, before) {
		t.Fatal("the argument was changed")
	}
	if got, err := Extract(once); err != nil || got != oneRecipe {
		t.Fatalf("extracted %v, %v", got, err)
	}
	if !bytes.Equal(once, mustEmbed(t, once, oneRecipe)) || !bytes.Equal(once, mustEmbed(t, program, oneRecipe)) {
		t.Error("embedding twice is not embedding once")
	}
	if !bytes.Equal(mustEmbed(t, program, otherRecipe), mustEmbed(t, once, otherRecipe)) {
		t.Error("what was embedded before leaves a trace")
	}
	return once
}

func mustEmbed(t testing.TB, program []byte, recipe digest.Digest) []byte {
	t.Helper()
	out, err := Embed(program, recipe)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	rustProgram = `fn main() {
    let who = std::env::args().nth(1).expect("an argument");
    let caught = std::panic::catch_unwind(|| panic!("on purpose"));
    std::thread::spawn(move || println!("hello {who} {}", caught.is_err())).join().unwrap();
    std::process::exit(7);
}`
	cProgram = `#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
    void *l = dlopen(argv[1], RTLD_NOW);
    if (!l) { puts(dlerror()); return 1; }
    int (*f)(void) = (int (*)(void))dlsym(l, "answer");
    printf("%d\n", f());
    return 7;
}`
	cLibrary = `int answer(void) { return 42; }`
)

// TestEmbeddedProgramRuns compiles programs, embeds, and runs them before and
// after: their output and exit code are the same, and so is all that is loaded.
func TestEmbeddedProgramRuns(t *testing.T) {
	for name, c := range map[string]struct{ compiler, source, arguments string }{
		"rust debug":    {"rustc", rustProgram, "-g"},
		"rust stripped": {"rustc", rustProgram, "-O -C strip=symbols"},
		"rust static":   {"rustc", rustProgram, "-C target-feature=+crt-static -C relocation-model=static"},
		"C":             {"gcc", cProgram, ""},
		"C with zlib":   {"gcc", cProgram, "-g -gz"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, compiler := t.TempDir(), program(t, c.compiler)
			file, args := "main.rs", []string{"world"}
			if c.compiler == "gcc" {
				file, args = "main.c", []string{"./lib.so"}
				write(t, dir, "lib.c", []byte(cLibrary))
				run(t, dir, "", compiler, "-shared", "-fPIC", "-o", "lib.so", "lib.c")
			}
			write(t, dir, file, []byte(c.source))
			compile(t, dir, compiler, append(strings.Fields(c.arguments), "-o", "program", file))
			want, code := execute(t, dir, "program", args)
			if code != 7 {
				t.Fatalf("the program ends with %d: %s", code, want)
			}
			embedFile(t, dir, "program")
			if c.compiler == "gcc" {
				embedFile(t, dir, "lib.so")
			}
			got, code := execute(t, dir, "program", args)
			if diff := cmp.Diff(want, got); diff != "" || code != 7 {
				t.Errorf("with the note it ends with %d: %s", code, diff)
			}
		})
	}
}

// compile runs a compiler in the environment of the host, where rustup finds
// its home.
func compile(t *testing.T, dir, compiler string, args []string) {
	t.Helper()
	cmd := exec.Command(compiler, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func execute(t *testing.T, dir, name string, args []string) (string, int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, name), args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// embedFile embeds in a file and compares the file before and after.
func embedFile(t *testing.T, dir, name string) {
	t.Helper()
	before := read(t, dir, name)
	after := embedded(t, before)
	sameLoaded(t, before, after)
	if err := os.WriteFile(filepath.Join(dir, name), after, 0o755); err != nil {
		t.Fatal(err)
	}
}

// sameLoaded lets debug/elf compare what is loaded, and every section. Only the
// place and the length of the section table in the ELF header may differ.
func sameLoaded(t *testing.T, before, after []byte) {
	t.Helper()
	a, b := opened(t, before), opened(t, after)
	for i, p := range a.Progs {
		if diff := cmp.Diff(p.ProgHeader, b.Progs[i].ProgHeader); diff != "" {
			t.Error(diff)
		}
	}
	header := bytes.Clone(after[:len(before)])
	for _, field := range [][2]int{{40, 8}, {60, 2}} { // e_shoff, e_shnum
		if a.Class == elf.ELFCLASS32 {
			field = map[int][2]int{40: {32, 4}, 60: {48, 2}}[field[0]]
		}
		copy(header[field[0]:field[0]+field[1]], before[field[0]:])
	}
	if len(a.Sections) > 0 && !bytes.Equal(header, before) {
		t.Error("something was changed besides the place and length of the section table")
	}
	for i, s := range a.Sections {
		if s.Name == ".shstrtab" {
			continue
		}
		if diff := cmp.Diff(s.SectionHeader, b.Sections[i].SectionHeader); diff != "" {
			t.Error(diff)
		}
	}
	note := b.Section(noteSection)
	if note == nil || note.Type != elf.SHT_NOTE || note.Flags != 0 || note.Addr != 0 {
		t.Errorf("the note is %+v", note)
	}
}

func opened(t *testing.T, program []byte) *elf.File {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestNoteForOthers lets binutils show the note, take it away and keep it.
func TestNoteForOthers(t *testing.T) {
	gcc, readelf, objcopy, strip := program(t, "gcc"), program(t, "readelf"), program(t, "objcopy"), program(t, "strip")
	dir := t.TempDir()
	write(t, dir, "main.c", []byte(`int main(void) { return 7; }`))
	run(t, dir, "", gcc, "-g", "-o", "plain", "main.c")
	if err := os.WriteFile(filepath.Join(dir, "program"), embedded(t, read(t, dir, "plain")), 0o755); err != nil {
		t.Fatal(err)
	}
	if out := run(t, dir, "", readelf, "-n", "program"); !strings.Contains(out, noteSection) || !strings.Contains(out, noteOwner) || strings.Contains(out, "arning") {
		t.Errorf("readelf: %s", out)
	}
	run(t, dir, "", objcopy, "--remove-section", noteSection, "program", "without")
	if _, err := Extract(read(t, dir, "without")); !errors.Is(err, ErrNoNote) {
		t.Errorf("after it was removed: %v", err)
	}
	run(t, dir, "", strip, "-o", "stripped", "program")
	if _, code := execute(t, dir, "stripped", nil); code != 7 {
		t.Errorf("a stripped one ends with %d", code)
	}
	run(t, dir, "", objcopy, "--set-section-flags", noteSection+"=alloc", "program", "loaded")
	if _, err := Extract(read(t, dir, "loaded")); !errors.Is(err, ErrNote) {
		t.Errorf("a note that is loaded: %v", err)
	}
	write(t, dir, "own", []byte("text"))
	run(t, dir, "", objcopy, "--add-section", noteSection+"=own", "plain", "foreign")
	if _, err := Extract(read(t, dir, "foreign")); !errors.Is(err, ErrNote) {
		t.Errorf("a section of another form: %v", err)
	}
	if _, err := Embed(read(t, dir, "foreign"), oneRecipe); !errors.Is(err, errOther) || diag.ExitCode(err) != diag.ExitFailed {
		t.Errorf("embedding beside a section of another form: %v", err)
	}
}
