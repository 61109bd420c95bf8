package digest

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Sums of well-known blobs, from coreutils sha256sum.
const (
	emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	helloSum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" // "hello\n"
)

// message turns a hand-written protocol buffer message into its digest: hex
// with blanks and line comments, and 'text' for literal bytes. It shares no
// code with the encoder under test.
func message(t *testing.T, text string) Digest {
	t.Helper()
	var raw []byte
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for i, part := range strings.Split(line, "'") {
			if i%2 == 1 {
				raw = append(raw, part...)
				continue
			}
			b, err := hex.DecodeString(strings.Join(strings.Fields(part), ""))
			if err != nil {
				t.Fatal(err)
			}
			raw = append(raw, b...)
		}
	}
	return Of(raw)
}

func TestTreeGolden(t *testing.T) {
	hello, empty := Of([]byte("hello\n")), Of(nil)
	if hello.Hex() != helloSum || empty.Hex() != emptySum {
		t.Fatal("the sums in this test do not name the blobs that it uses")
	}
	src := message(t, `
		0a 4e                      # files, 78 bytes
		   0a 04 'a.rs'            # name
		   12 44                   # digest, 68 bytes
		      0a 40 '`+helloSum+`' # hash
		      10 06                # size_bytes
		   20 01                   # is_executable
		0a 4a                      # files, 74 bytes
		   0a 02 'bb'
		   12 44 0a 40 '`+helloSum+`' 10 06`)
	tests := []struct {
		name  string
		nodes []Node
		want  Digest
	}{
		{"empty", nil, message(t, "")},
		{"empty file has no size field", []Node{{Path: "e", Kind: File, Content: empty}}, message(t, `
			0a 47 0a 01 'e' 12 42 0a 40 '`+emptySum+`'`)},
		{"empty directory", []Node{{Path: "d", Kind: Dir}}, message(t, `
			12 47 0a 01 'd' 12 42 0a 40 '`+emptySum+`'`)},
		{"link", []Node{{Path: "l", Kind: Symlink, Target: "../x"}}, message(t, `
			1a 09 0a 01 'l' 12 04 '../x'`)},
		{"nested, of every kind", []Node{
			{Path: "src/bb", Kind: File, Content: hello},
			{Path: "src/a.rs", Kind: File, Content: hello, Executable: true},
			{Path: "z", Kind: Symlink, Target: "src"},
			{Path: "a", Kind: File, Content: hello},
			{Path: "b", Kind: Dir},
		}, message(t, `
			0a 49 0a 01 'a' 12 44 0a 40 '`+helloSum+`' 10 06
			12 47 0a 01 'b' 12 42 0a 40 '`+emptySum+`'
			12 4c 0a 03 'src' 12 45 0a 40 '`+src.Hex()+`' 10 9c 01 # 156 = 80 + 76 bytes
			1a 08 0a 01 'z' 12 03 'src'`)},
		{"names sort as bytes, not as paths", []Node{
			{Path: "a/x", Kind: Symlink, Target: "t"},
			{Path: "a-b/x", Kind: Symlink, Target: "t"},
		}, func() Digest {
			child := message(t, `1a 06 0a 01 'x' 12 01 't'`)
			return message(t, `
				12 49 0a 01 'a'   12 44 0a 40 '`+child.Hex()+`' 10 08
				12 4b 0a 03 'a-b' 12 44 0a 40 '`+child.Hex()+`' 10 08`)
		}()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Tree(test.nodes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want.String(), got.String()); diff != "" {
				t.Errorf("digest (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTreeRefuses(t *testing.T) {
	content := Of([]byte("x"))
	file := func(path string) Node { return Node{Path: path, Kind: File, Content: content} }
	tests := []struct {
		name  string
		nodes []Node
		want  string
	}{
		{"empty path", []Node{file("")}, `the path is empty`},
		{"absolute", []Node{file("/a")}, `path "/a" is absolute`},
		{"empty component", []Node{file("a//b")}, `path "a//b" has the component ""`},
		{"trailing slash", []Node{{Path: "a/", Kind: Dir}}, `path "a/" has the component ""`},
		{"dot", []Node{file("./a")}, `path "./a" has the component "."`},
		{"dot dot", []Node{file("a/../b")}, `path "a/../b" has the component ".."`},
		{"NUL", []Node{file("a\x00b")}, `path "a\x00b" contains a NUL byte`},
		{"not UTF-8", []Node{file("a/\xff")}, `path "a/\xff" is not valid UTF-8`},
		{"target not UTF-8", []Node{{Path: "l", Kind: Symlink, Target: "\xfe"}}, `"l": link target "\xfe" is not valid UTF-8`},
		{"target with NUL", []Node{{Path: "l", Kind: Symlink, Target: "\x00"}}, `"l": link target "\x00" contains a NUL byte`},
		{"target empty", []Node{{Path: "l", Kind: Symlink}}, `"l": a link needs a target, and nothing else may have one`},
		{"target of a file", []Node{{Path: "f", Kind: File, Content: content, Target: "x"}}, `"f": a link needs a target, and nothing else may have one`},
		{"no digest", []Node{{Path: "f", Kind: File}}, `"f": a file needs a digest, and nothing else may have one`},
		{"digest of a directory", []Node{{Path: "d", Kind: Dir, Content: content}}, `"d": a file needs a digest, and nothing else may have one`},
		{"executable link", []Node{{Path: "l", Kind: Symlink, Target: "x", Executable: true}}, `"l": only a file can be executable`},
		{"no kind", []Node{{Path: "f", Content: content}}, `"f" has no kind`},
		{"duplicate file", []Node{file("a"), file("b"), file("a")}, `path "a" occurs twice`},
		{"duplicate directory", []Node{{Path: "d", Kind: Dir}, file("d/a"), {Path: "d", Kind: Dir}}, `path "d" occurs twice`},
		{"file and directory", []Node{{Path: "d", Kind: Dir}, file("d")}, `path "d" occurs twice`},
		{"file as directory", []Node{file("a"), file("a/b/c")}, `path "a" is used as a directory by "a/b/c"`},
		{"link as directory", []Node{{Path: "s/l", Kind: Symlink, Target: "."}, file("s/l/b")}, `path "s/l" is used as a directory by "s/l/b"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Tree(test.nodes)
			if err == nil {
				t.Fatalf("accepted as %v", got)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if !got.IsZero() {
				t.Errorf("an error and the digest %v", got)
			}
		})
	}
}

func sample() []Node {
	return []Node{
		{Path: "bin/tool", Kind: File, Content: Of([]byte("tool")), Executable: true},
		{Path: "bin/tool-2", Kind: File, Content: Of([]byte("tool"))},
		{Path: "bin", Kind: Dir},
		{Path: "bin.d/x/y/z", Kind: File, Content: Of(nil)},
		{Path: "empty", Kind: Dir},
		{Path: "lib", Kind: Symlink, Target: "bin"},
		{Path: "lib64", Kind: Symlink, Target: "/usr/lib"},
	}
}

func mustTree(t *testing.T, nodes []Node) Digest {
	t.Helper()
	d, err := Tree(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTreeOrderDoesNotMatter(t *testing.T) {
	nodes := sample()
	want := mustTree(t, nodes)
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
		before := slices.Clone(nodes)
		if got := mustTree(t, nodes); got != want {
			t.Fatalf("%v for the order %v, want %v", got, nodes, want)
		}
		if !slices.Equal(before, nodes) {
			t.Fatal("Tree changed its argument")
		}
	}
	implied := slices.DeleteFunc(sample(), func(n Node) bool { return n.Path == "bin" })
	if got := mustTree(t, implied); got != want {
		t.Errorf("%v with an implied parent, %v with the parent", got, want)
	}
}

func TestTreeEveryFieldMatters(t *testing.T) {
	changes := map[string]func([]Node) []Node{
		"nothing":       func(n []Node) []Node { return n },
		"name":          func(n []Node) []Node { n[0].Path = "bin/tooL"; return n },
		"parent":        func(n []Node) []Node { n[3].Path = "bin.d/x/w/z"; return n },
		"content":       func(n []Node) []Node { n[1].Content = Of([]byte("toil")); return n },
		"executable":    func(n []Node) []Node { n[1].Executable = true; return n },
		"target":        func(n []Node) []Node { n[5].Target = "bin/"; return n },
		"kind":          func(n []Node) []Node { n[4] = Node{Path: "empty", Kind: File, Content: Of(nil)}; return n },
		"link to file":  func(n []Node) []Node { n[5] = Node{Path: "lib", Kind: File, Content: Of([]byte("bin"))}; return n },
		"added":         func(n []Node) []Node { return append(n, Node{Path: "bin/a", Kind: Dir}) },
		"missing file":  func(n []Node) []Node { return n[1:] },
		"missing empty": func(n []Node) []Node { return append(n[:4], n[5:]...) },
	}
	seen := map[Digest]string{}
	for name, change := range changes {
		d := mustTree(t, change(sample()))
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %q have the same digest", name, other)
		}
		seen[d] = name
	}
}

func TestKindText(t *testing.T) {
	for kind, want := range map[Kind]string{File: "file", Dir: "directory", Symlink: "symlink"} {
		text, err := kind.MarshalText()
		var again Kind
		if err := errors.Join(err, again.UnmarshalText(text)); err != nil || string(text) != want || again != kind {
			t.Errorf("%d is %q, read as %d, %v", kind, text, again, err)
		}
	}
	for _, bad := range []string{"", "File", "socket"} {
		k := File
		if err := k.UnmarshalText([]byte(bad)); err == nil || k != File {
			t.Errorf("%q was read as %v", bad, k)
		}
	}
	if got := Kind(9).String(); got != "" {
		t.Errorf("no kind is %q", got)
	}
}

// FuzzTree feeds paths as they come from a file system or a foreign manifest.
func FuzzTree(f *testing.F) {
	f.Add("a\nb/c\nb", "x")
	f.Add("a/b\na", "../x")
	f.Add("a\n\xff\n..", "")
	f.Fuzz(func(t *testing.T, paths, target string) {
		var nodes []Node
		for i, path := range strings.Split(paths, "\n") {
			n := Node{Path: path, Kind: Kind(i%3) + File}
			switch n.Kind {
			case File:
				n.Content = Of([]byte(target))
			case Symlink:
				n.Target = target
			}
			nodes = append(nodes, n)
		}
		d, err := Tree(nodes)
		if (err == nil) == d.IsZero() {
			t.Fatalf("digest %v with error %v", d, err)
		}
		slices.Reverse(nodes)
		again, err2 := Tree(nodes)
		if again != d || (err == nil) != (err2 == nil) {
			t.Fatalf("the order matters: %v, %v and %v, %v", d, err, again, err2)
		}
		for _, n := range nodes {
			if bad := CheckPath(n.Path); bad != nil && err == nil {
				t.Fatalf("accepted although %v", bad)
			}
		}
	})
}

func BenchmarkTree(b *testing.B) {
	nodes := make([]Node, 0, 10_000)
	content := Of([]byte("x"))
	for i := range 10_000 {
		path := "d" + string(rune('a'+i%20)) + "/e" + string(rune('a'+i/20%25)) + "/f" + string(rune(0x4e00+i))
		nodes = append(nodes, Node{Path: path, Kind: File, Content: content})
	}
	for b.Loop() {
		if _, err := Tree(nodes); err != nil {
			b.Fatal(err)
		}
	}
}
