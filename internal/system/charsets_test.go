package system

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// indexed reads an index as glibc does: what each of its names finds. A name that glibc would
// not find is not among them.
func indexed(t *testing.T, data []byte) map[string]string {
	t.Helper()
	word := func(at int) int { return int(binary.LittleEndian.Uint16(data[at:])) }
	if binary.LittleEndian.Uint32(data) != charsetMagic {
		t.Fatal("not an index")
	}
	texts, table, size, modules, others := word(4), word(6), word(8), word(10), word(12)
	text := func(at int) string {
		s, _, _ := strings.Cut(string(data[texts+at:]), "\x00")
		return s
	}
	find := func(name string) (int, bool) {
		at, step := int(hashOf(name))%size, 1+int(hashOf(name))%(size-2)
		for word(table+4*at) != 0 {
			if text(word(table+4*at)) == name {
				return word(table + 4*at + 2), true
			}
			at = (at + step) % size
		}
		return 0, false
	}
	all := map[string]string{}
	for i := range size {
		if word(table+4*i) == 0 {
			continue
		}
		name := text(word(table + 4*i))
		n, ok := find(name)
		if !ok {
			t.Errorf("%s is in the table and cannot be found", name)
			continue
		}
		at := modules + 12*n
		s := fmt.Sprintf("%s from %s%s to %s%s", text(word(at)), text(word(at+2)), text(word(at+4)), text(word(at+6)), text(word(at+8)))
		if list := word(at + 10); list != 0 {
			ways := map[string]string{}
			for o := others + list - 1; word(o) != 0; o += 2 + 6*word(o) {
				if word(o) != 1 {
					t.Fatalf("a way in %d steps", word(o))
				}
				to := modules + 12*word(o+2)
				ways[text(word(to))] = text(word(o+4)) + text(word(o+6))
			}
			s += fmt.Sprint(ways)
		}
		all[name] = s
	}
	return all
}

const conf = `
# a comment
alias	one//	ONE//	# that is one
alias	UNO//	ONE//
alias	UNO//	TWO//
alias	LOST//	NOWHERE//
alias	TWICE//	UNO//
module	ONE//	INTERNAL	ONE	1
module	internal	one//	ONE.so
module	ONE//	TWO//	SHORT	1
module	TWO//	INTERNAL	TWO
module	TWO//	INTERNAL	OTHER
module	ONE//	THREE//
alias	FOUR//
nothing that is known
`

func TestCharsets(t *testing.T) {
	c := newCharsets()
	c.read([]byte(conf), "/usr/lib/gconv/")
	one := "ONE// from /usr/lib/gconv/ONE.so to /usr/lib/gconv/ONE.somap[TWO//:/usr/lib/gconv/SHORT.so]"
	want := map[string]string{"INTERNAL": "INTERNAL from  to ", "ONE//": one, "UNO//": one,
		"TWO//": "TWO// from  to /usr/lib/gconv/TWO.so"}
	if diff := cmp.Diff(want, indexed(t, c.index())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCharsetsAsIconvconfig: the index of this host's character sets finds what the real
// program's finds.
func TestCharsetsAsIconvconfig(t *testing.T) {
	program := administrators(t, "iconvconfig")
	confs, err := filepath.Glob("/usr/lib*/*/gconv/gconv-modules")
	if more, err := filepath.Glob("/usr/lib*/gconv/gconv-modules"); err == nil {
		confs = append(confs, more...)
	}
	if err != nil || len(confs) == 0 {
		t.Skip("this host has nothing that iconvconfig reads")
	}
	for _, conf := range confs {
		dir := filepath.Dir(conf)
		theirs := filepath.Join(t.TempDir(), "index")
		if out, err := exec.Command(program, "--nostdlib", "-o", theirs, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		data, err := os.ReadFile(theirs)
		if err != nil {
			t.Fatal(err)
		}
		p := newPlan(newTree("/"), &Manager{})
		parts, err := filepath.Glob(conf + ".d/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range append(parts, conf) {
			p.entries[strings.TrimPrefix(file, "/")] = entry{pkg: "libc6"}
		}
		if diff := cmp.Diff([]string{strings.TrimPrefix(dir, "/") + "/" + charsetIndex}, p.charsetIndexes()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		ours, err := p.charsets(p.charsetIndexes()[0])
		if err != nil {
			t.Fatal(err)
		}
		want := indexed(t, data)
		if diff := cmp.Diff(want, indexed(t, ours)); diff != "" || len(want) < 100 {
			t.Errorf("%d names (-want +got)\n%s", len(want), diff)
		}
		t.Logf("%s: %d names, %d bytes, theirs %d", conf, len(want), len(ours), len(data))
	}
}

// TestCharsetsTooMany: an index that would not fit is none.
func TestCharsetsTooMany(t *testing.T) {
	c := newCharsets()
	for i := range 6000 {
		c.convert(fmt.Sprintf("SET-%d//", i), internal, converter{"/usr/lib/gconv/", fmt.Sprintf("SET-%d.so", i)})
	}
	if data := c.index(); data != nil {
		t.Errorf("%d bytes", len(data))
	}
}
