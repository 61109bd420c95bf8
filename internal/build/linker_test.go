package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// debianFiles is what linking looks for on Debian.
func debianFiles(more ...string) fstest.MapFS {
	files := fstest.MapFS{"lib64/ld-linux-x86-64.so.2": {}}
	for _, name := range append([]string{"Scrt1.o", "crt1.o", "rcrt1.o", "crti.o", "crtn.o"}, more...) {
		files["usr/lib/x86_64-linux-gnu/"+name] = &fstest.MapFile{}
	}
	return files
}

func TestLinkerOptions(t *testing.T) {
	const (
		machine = "-m elf_x86_64 --hash-style=gnu --eh-frame-hdr"
		loader  = "-dynamic-linker /lib64/ld-linux-x86-64.so.2"
		lib     = "/usr/lib/x86_64-linux-gnu/"
		dirs    = "-L /usr/lib/x86_64-linux-gnu -L /lib64 -L /usr/lib"
	)
	for name, c := range map[string]struct{ args, want string }{
		"program": {"-m64 a.o -Wl,--as-needed -Wl,-Bstatic std.rlib -Wl,-Bdynamic -lgcc_s -lc -L x -fuse-ld=lld -B/t/gcc-ld -o a -Wl,-z,relro,-z,now -pie -nodefaultlibs",
			"-pie " + machine + " " + loader + " " + lib + "Scrt1.o " + lib + "crti.o a.o --as-needed -Bstatic std.rlib -Bdynamic -l:libgcc_s.so.1 -lc -L x -o a -z relro -z now " + dirs + " " + lib + "crtn.o"},
		"macro":               {"a.o -shared -nodefaultlibs -o m.so", "-shared " + machine + " " + lib + "crti.o a.o -o m.so " + dirs + " " + lib + "crtn.o"},
		"at one place":        {"a.o -no-pie -o a", "-no-pie " + machine + " " + loader + " " + lib + "crt1.o " + lib + "crti.o a.o -o a " + dirs + " -lc " + lib + "crtn.o"},
		"static":              {"a.o -static-pie -nodefaultlibs -lgcc_eh -lgcc -lc", "-static -pie --no-dynamic-linker -z text " + machine + " " + lib + "rcrt1.o " + lib + "crti.o a.o -lgcc_eh -lc " + dirs + " " + lib + "crtn.o"},
		"static at one place": {"a.o -static", "-static " + machine + " " + lib + "crt1.o " + lib + "crti.o a.o " + dirs + " -lc " + lib + "crtn.o"},
		"own start files":     {"-nostartfiles own.o -nodefaultlibs", "-pie " + machine + " " + loader + " own.o " + dirs},
		"nothing of C":        {"-nostdlib own.o", "-pie " + machine + " " + loader + " own.o " + dirs},
		"passed on":           {"-nostdlib -Xlinker --x -T script -u main -rdynamic -pthread -Lnear -lz -s", "-pie " + machine + " " + loader + " --x -T script -u main --export-dynamic -lpthread -Lnear -lz -s " + dirs},
	} {
		got, err := linkerOptions(strings.Fields(c.args), debianFiles(), "amd64")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLinkerOptionsRefused(t *testing.T) {
	empty := fstest.MapFS{}
	noStart := debianFiles()
	delete(noStart, "usr/lib/x86_64-linux-gnu/Scrt1.o")
	for name, c := range map[string]struct {
		args  string
		files fstest.MapFS
		arch  string
		want  string
	}{
		"unknown option":     {"a.o -fsanitize=address", debianFiles(), "amd64", "the C compiler's option `-fsanitize=address`"},
		"to compile":         {"-c a.c", debianFiles(), "amd64", "the C compiler's option `-c`"},
		"no value":           {"a.o -o", debianFiles(), "amd64", "the option `-o` has no value"},
		"no loader":          {"a.o", empty, "amd64", "there is no dynamic loader"},
		"no start file":      {"a.o", noStart, "amd64", "the start file `Scrt1.o`"},
		"other architecture": {"a.o", debianFiles(), "riscv64", "no start files are known for riscv64"},
		"no file of options": {"@/no/such/file", debianFiles(), "amd64", "no such file"},
	} {
		got, err := linkerOptions(strings.Fields(c.args), c.files, c.arch)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, got, err, c.want)
		}
	}
}

// A C++ library of a package is found where its compiler would have it.
func TestLinkerDirectories(t *testing.T) {
	files := debianFiles()
	files["usr/lib/gcc/x86_64-linux-gnu/12/libgcc_eh.a"] = &fstest.MapFile{}
	want := []string{"/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib", "/usr/lib/gcc/x86_64-linux-gnu/12"}
	if diff := cmp.Diff(want, linkHosts["amd64"].directories(files)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResponseFile(t *testing.T) {
	for text, want := range map[string][]string{
		"":                               nil,
		"a.o\nb.o\n":                     {"a.o", "b.o"},
		"with\\ space\n\"two words\" ''": {"with space", "two words", ""},
		"back\\\\slash 'it\\'s'":         {"back\\slash", "it's"},
	} {
		file := filepath.Join(t.TempDir(), "args")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := responseFile(file)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"a \"b", "a\\"} {
		file := filepath.Join(t.TempDir(), "args")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := responseFile(file); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestIsLinker(t *testing.T) {
	for name, want := range map[string]bool{"/hermetic/linker": true, "/scratch/hermetic/linker": true, "hermetic/linker": false, "/usr/bin/ld": false} {
		if got := IsLinker([]string{name}); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if IsLinker(nil) {
		t.Error("nothing is a linker")
	}
}
