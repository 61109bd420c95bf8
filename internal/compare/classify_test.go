package compare_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// cause is the class and whether it is known, `?` for a guess.
func cause(d *compare.Difference) string {
	var all []string
	for path := range d.Leaves() {
		for _, at := range path {
			for _, c := range at.Causes {
				text := string(c.Class)
				if !c.Known {
					text += "?"
				}
				all = append(all, text)
			}
		}
	}
	return strings.Join(all, ", ")
}

var circumstances = compare.Options{
	A: compare.Known{Paths: []string{"/build/one", "/build"}, Host: "alpha", User: "alice", Processors: 2, Times: [2]int64{946684800, 946684900}},
	B: compare.Known{Paths: []string{"/opt/two/x"}, Host: "beta-host", User: "bob", Processors: 64, Times: [2]int64{1893456000, 1893456100}},
}

// TestClassify compares one line, or a run of bytes, with and without knowing the
// circumstances.
func TestClassify(t *testing.T) {
	for _, test := range []struct{ name, a, b, unknown, known string }{
		{"path", "root = \"/build/one/src\"", "root = \"/opt/two/x/src\"", "absolute path?", "absolute path"},
		{"path in bytes", "\x00\x01\x02/build/one/src\x00", "\x00\x01\x02/opt/two/x/src\x00", "absolute path?", "absolute path"},
		{"path behind text", "panicked at/tmp/a1/lib.rs", "panicked at/tmp/b22/lib.rs", "absolute path?", "absolute path?"},
		{"relative path", "src/one.rs", "src/two.rs", "", ""},
		{"host", "built on alpha.", "built on beta-host.", "", "host name"},
		{"user", "by alice", "by bob", "", "user name"},
		{"processors, named", "NUM_JOBS=2", "NUM_JOBS=64", "number of processors?", "number of processors"},
		{"processors, not named", "x = 2;", "x = 64;", "", "number of processors"},
		{"pid, named", "pid: 4711", "pid: 815", "process number?", "process number?"},
		{"pid, not named", "x = 123;", "x = 30123;", "", ""},
		{"ISO date", "at 2001-09-09T01:46:40Z", "at 2026-11-21T16:03:00+01:00", "time?", "time?"},
		{"__DATE__", "built Sep  9 2001", "built Nov 21 2026", "time?", "time?"},
		{"__TIME__", "at 01:46:40", "at 16:03:01", "time?", "time?"},
		{"RFC 2822", "Sun, 09 Sep 2001 01:46:40 +0000", "Sat, 21 Nov 2026 16:03:00 +0100", "time?", "time?"},
		{"digits of a date", "v20010909", "v20261121", "", ""},
		{"digits of a date alone", "x 20010909-r", "x 20261121-r", "time?", "time?"},
		{"seconds", "T: u64 = 946684850;", "T: u64 = 1893456050;", "time?", "time"},
		{"nanoseconds", "T: u128 = 946684850123456789;", "T: u128 = 1893456050987654321;", "time?", "time"},
		{"64-bit seconds", "\x00\x00\x00\x00\x00\x00\x00\x00\x80\xb0\x6d\x38\x00\x00\x00\x00\x01\x01\x01\x01", "\x00\x00\x00\x00\x00\x00\x00\x00\x80\xc9\xdb\x70\x00\x00\x00\x00\x01\x01\x01\x01", "time?", "time?"},
		{"64-bit seconds between other fields", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\xb0\x6d\x38\x00\x00\x00\x00\x01\x01\x01\x01", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\xc9\xdb\x70\x00\x00\x00\x00\x01\x01\x01\x01", "", ""},
		{"32-bit seconds, big-endian", "\x00\x00\x00\x00\x38\x6d\x43\xb2\x00\x00", "\x00\x00\x00\x00\x70\xdb\xd8\xb2\x00\x00", "", "time"},
		{"hexadecimal", "k = 0123456789abcdef", "k = fedcba9876543210", "random?", "random?"},
		{"hexadecimal, one digit", "k = 0123456789abcdef", "k = 0123456789abcdee", "", ""},
		{"UUID", "id 123e4567-e89b-12d3-a456-426614174000", "id 9f0c1d2e-1111-42d3-8456-0123456789ab", "random?", "random?"},
		{"address", "f at 0x7f3a12345678.", "f at 0x7ffeabcdef01.", "random?", "random?"},
		{"two hashers", "h: 13042385702943857203", "h: 9230498572039485720", "random?", "random?"},
		{"random bytes", "\x00\x01\x02\x03\x8f\xfa\x11\xd5\xe7\xcd\xc7\xce\x06\x65\x03\x5c\x00\x01", "\x00\x01\x02\x03\x10\x22\x9b\x61\x5a\xf0\x31\x77\xd4\x89\xfe\xa3\x00\x01", "random?", "random?"},
		{"words in another order", "names = [alpha, beta, gamma]", "names = [gamma, alpha, beta]", "order?", "order?"},
		{"hash of a symbol", "_ZN4demo1f17h0123456789abcdefE", "_ZN4demo1f17hfedcba9876543210E", "derived?", "derived?"},
		{"hash of cargo", "libdemo-0123456789abcdef.rlib", "libdemo-fedcba9876543210.rlib", "derived?", "derived?"},
		{"nothing that is known", "a red house", "a blue house", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, o := range []struct {
				options compare.Options
				want    string
			}{{compare.Options{}, test.unknown}, {circumstances, test.known}} {
				d, err := compare.Files("x", compare.Bytes([]byte(test.a)), compare.Bytes([]byte(test.b)), o.options)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(o.want, cause(d)); diff != "" {
					t.Errorf("(-want +got)\n%s\n%s", diff, d.Text())
				}
			}
		})
	}
}

// TestLists compares texts: what moved, what changed, what one side has.
func TestLists(t *testing.T) {
	for _, test := range []struct{ name, a, b, want string }{
		{"order", "use a;\none\ntwo\nthree\n", "use a;\nthree\none\ntwo\n", "order `the first line in another place` 2\n  - [on]e\n  + [thre]e\n  is order: the same 3 items in another order\n"},
		{"changed and inserted", "a1\nb1\nc1\n", "a1\nB1\nc1\nd1\n", "line 2\n  - [b]1\n  + [B]1\nline 0 and 4\n  + [d1]\n  note: only in the second\n"},
		{"removed", "aa\nbb\ncc\n", "aa\ncc\n", "line 2 and 0\n  - [bb]\n  note: only in the first\n"},
		{"the last line has no end", "aa\nbb\n", "aa\nbb", "length at 5\n  - aa\\nbb[\\n]\n  + aa\\nbb[]\n  note: one side goes on where the other ends: 6 bytes and 5\n"},
		{"JSON", `{"a":{"b":[1,{"c":"x"}]},"d":1}`, `{"a":{"b":[1,{"c":"y"}]},"e":1}`, "JSON key `$.a.b[1].c`\n  - \"[x]\"\n  + \"[y]\"\nonly on one side `$.d`\n  - [1]\nonly on one side `$.e`\n  + [1]\n"},
		{"JSON, order", `{"a":["x","y","z"]}`, `{"a":["z","x","y"]}`, "order `$.a`\n  - [[\"x\",\"y\",\"z\"]]\n  + [[\"z\",\"x\",\"y\"]]\n  is order: the same 3 values in another order\n"},
		{"JSON, keys in another order", "{\"a\":1,\n\"b\":2}", "{\"b\":2,\n\"a\":1}", "line 1\n  - {\"[a\":1],\n  + {\"[b\":2],\n"},
		{"escape sequences", "\x1b[31mred", "\x1b[32mred", "line 1\n  - \\x1b[3[1]mred\n  + \\x1b[3[2]mred\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := compare.Files("x", compare.Bytes([]byte(test.a)), compare.Bytes([]byte(test.b)), compare.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, found := range d.Inside {
				got.WriteString(found.Text())
			}
			if text := got.String(); !strings.HasPrefix(text, test.want) {
				t.Errorf("(-want +got)\n%s", cmp.Diff(test.want, text))
			}
		})
	}
}

func TestFormats(t *testing.T) {
	d, err := compare.Files("x", compare.Bytes([]byte("{}")), compare.Bytes([]byte("\x7fELF")), compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"JSON in the first, ELF in the second"}, d.Notes); diff != "" {
		t.Error(diff)
	}
}
