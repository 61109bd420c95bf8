package oci

import (
	"archive/tar"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHostileArchives: what an image must not hold is refused by name.
func TestHostileArchives(t *testing.T) {
	long := strings.Repeat("a/", 3000) + "a"
	for name, c := range map[string]struct {
		layers [][]*tar.Header
		limits Limits
		want   string
	}{
		"upward":                  {[][]*tar.Header{{regular("usr/../../x", "")}}, Limits{}, "111 the name `usr/../../x` leads upward"},
		"upward inside":           {[][]*tar.Header{{regular("usr/../x", "")}}, Limits{}, "111 the name `usr/../x` leads upward"},
		"absolute":                {[][]*tar.Header{{regular("/etc/passwd", "")}}, Limits{}, "111 the name `/etc/passwd` is absolute"},
		"absolute directory":      {[][]*tar.Header{{dir("/usr")}}, Limits{}, "111 the name `/usr` is absolute"},
		"root is a link":          {[][]*tar.Header{{link("./", "/tmp")}}, Limits{}, "111 it has something else than a directory for its root"},
		"long name":               {[][]*tar.Header{{regular(long, "")}}, Limits{}, "111 a name of 6001 bytes is in it, and 4096 are the most"},
		"control character":       {[][]*tar.Header{{regular("a\x1b[2Jb", "")}}, Limits{}, "111 the name \"a\\x1b[2Jb\" holds a control character"},
		"not UTF-8":               {[][]*tar.Header{{regular("a\xffb", "")}}, Limits{}, "111 the name \"a\\xffb\" is not valid UTF-8"},
		"link out":                {[][]*tar.Header{{link("usr/x", "../../etc/shadow")}}, Limits{}, "111 the link `usr/x` leads out of the image, to `../../etc/shadow`"},
		"link out on its way":     {[][]*tar.Header{{link("x", "../usr/x")}}, Limits{}, "111 the link `x` leads out of the image, to `../usr/x`"},
		"link out after a detour": {[][]*tar.Header{{link("usr/x", "a/../../../b")}}, Limits{}, "111 the link `usr/x` leads out of the image, to `a/../../../b`"},
		"through a link":          {[][]*tar.Header{{link("lib", "/etc"), regular("lib/passwd", "")}}, Limits{}, "111 `lib/passwd` leads through `lib`, which is no directory"},
		"through a link below":    {[][]*tar.Header{{link("lib", "usr/lib"), dir("usr/lib")}, {regular("lib/x", "")}}, Limits{}, "111 `lib/x` leads through `lib`, which is no directory"},
		"through a file":          {[][]*tar.Header{{regular("a", "")}, {regular("a/b", "")}}, Limits{}, "111 `a/b` leads through `a`, which is no directory"},
		"device":                  {[][]*tar.Header{{special("usr/null", tar.TypeChar)}}, Limits{}, "111 `usr/null` in the image `./image` is a device or a fifo"},
		"block device":            {[][]*tar.Header{{special("usr/sda", tar.TypeBlock)}}, Limits{}, "111 `usr/sda` in the image `./image` is a device or a fifo"},
		"fifo":                    {[][]*tar.Header{{special("usr/fifo", tar.TypeFifo)}}, Limits{}, "111 `usr/fifo` in the image `./image` is a device or a fifo"},
		"hard link to a device":   {[][]*tar.Header{{special("usr/null", tar.TypeChar), hard("usr/x", "usr/null")}}, Limits{}, "111 `usr/null` in the image `./image` is a device or a fifo"},
		"unknown kind":            {[][]*tar.Header{{special("usr/x", 'V')}}, Limits{}, "111 `usr/x` is of the unknown kind 'V'"},
		"hard link out":           {[][]*tar.Header{{hard("x", "../etc/shadow")}}, Limits{}, "111 the name `../etc/shadow` leads upward"},
		"hard link to the host":   {[][]*tar.Header{{hard("x", "/etc/shadow")}}, Limits{}, "111 the name `/etc/shadow` is absolute"},
		"hard link to nothing":    {[][]*tar.Header{{hard("x", "y")}}, Limits{}, "111 `x` is a hard link to `y`, which is not there"},
		"hard link to what comes": {[][]*tar.Header{{hard("x", "y"), regular("y", "")}}, Limits{}, "111 `x` is a hard link to `y`, which is not there"},
		"hard link by a link":     {[][]*tar.Header{{dir("a"), regular("a/f", ""), link("l", "a"), hard("x", "l/f")}}, Limits{}, "111 `x` is a hard link to `l/f`, which is not there"},
		"hard link to a directory": {[][]*tar.Header{{dir("a"), hard("x", "a")}}, Limits{},
			"111 `x` is a hard link to the directory `a`"},
		"hard link to what is gone": {[][]*tar.Header{{regular("y", "")}, {regular(".wh.y", ""), hard("x", "y")}}, Limits{},
			"111 `x` is a hard link to `y`, which is not there"},
		"twice":                     {[][]*tar.Header{{regular("a", "1"), regular("a", "2")}}, Limits{}, "111 `a` is in it twice"},
		"twice by another spelling": {[][]*tar.Header{{regular("a", "1"), regular("./a", "2")}}, Limits{}, "111 `a` is in it twice"},
		"file and directory":        {[][]*tar.Header{{regular("a", "1"), dir("a")}}, Limits{}, "111 `a` is in it twice"},
		"file and link":             {[][]*tar.Header{{link("a", "b"), regular("a", "1")}}, Limits{}, "111 `a` is in it twice"},
		"whiteout of nothing":       {[][]*tar.Header{{regular("a/.wh.", "")}}, Limits{}, "111 `a/.wh.` is no whiteout that has a meaning"},
		"whiteout of the parent":    {[][]*tar.Header{{regular("a/.wh...", "")}}, Limits{}, "111 `a/.wh...` is no whiteout that has a meaning"},
		"whiteout of a whiteout":    {[][]*tar.Header{{regular("a/.wh..wh.plnk", "")}}, Limits{}, "111 `a/.wh..wh.plnk` is no whiteout that has a meaning"},
		"whiteout as a link":        {[][]*tar.Header{{link(".wh.a", "b")}}, Limits{}, "111 the whiteout `.wh.a` is not a regular file"},
		"below a whiteout":          {[][]*tar.Header{{regular("a/.wh.b/c", "")}}, Limits{}, "111 `a/.wh.b/c` lies below a whiteout"},
		"many entries":              {[][]*tar.Header{{dir("a"), dir("b")}, {dir("c"), dir("d")}}, Limits{Entries: 3}, "111 it holds more than 3 entries"},
		"many bytes":                {[][]*tar.Header{{regular("a", strings.Repeat("0", 4000))}, {regular("b", strings.Repeat("0", 4000))}}, Limits{Bytes: 7000}, "111 it unpacks to more than an image may have"},
		"a bomb":                    {[][]*tar.Header{{regular("a", strings.Repeat("0", 1<<20))}}, Limits{Bytes: 1 << 19}, "111 it unpacks to more than an image may have"},
	} {
		t.Run(name, func(t *testing.T) {
			var archives [][]byte
			for _, headers := range c.layers {
				archives = append(archives, archiveOf(t, headers...))
			}
			root := layoutOf(t, imageFrom(t, thisMachine(), archives...))
			got, err := unpack(t, root, "./image", c.limits, All)
			if diff := cmp.Diff(c.want, said(err)); diff != "" || got != nil {
				t.Error(got, diff)
			}
		})
	}
}

// TestSparse: the size of a sparse file says nothing about what unpacks.
func TestSparse(t *testing.T) {
	// Of an old GNU sparse header only the kind matters here.
	archive := archiveOf(t, regular("usr/huge", "x"))
	archive[156] = tar.TypeGNUSparse // typeflag, POSIX.1-1988 ustar layout
	copy(archive[257:265], "ustar  \x00")
	sum := 0
	copy(archive[148:156], "        ")
	for _, b := range archive[:512] {
		sum += int(b)
	}
	copy(archive[148:156], octal(sum))
	root := layoutOf(t, imageFrom(t, thisMachine(), archive))
	got, err := unpack(t, root, "./image", Limits{}, All)
	if diff := cmp.Diff("111 `usr/huge` is a sparse file, whose size nothing bounds", said(err)); diff != "" || got != nil {
		t.Error(got, diff)
	}
}

// octal is the form of a checksum in a tar header.
func octal(n int) string {
	var digits []byte
	for range 6 {
		digits = append([]byte{byte('0' + n%8)}, digits...)
		n /= 8
	}
	return string(digits) + "\x00 "
}

// TestFlatten: archives on top of one another, as the specification has it.
func TestFlatten(t *testing.T) {
	type files = map[string]string
	for name, c := range map[string]struct {
		layers [][]*tar.Header
		keep   Keep
		want   files
	}{
		"one": {[][]*tar.Header{{dir("./"), dir("./usr/"), regular("./usr/a", "1"), link("./lib", "usr/lib")}}, All,
			files{"usr": "dir", "usr/a": "1", "lib": "-> usr/lib"}},
		"implied directories": {[][]*tar.Header{{regular("a/b/c", "1")}}, All, files{"a": "dir", "a/b": "dir", "a/b/c": "1"}},
		"executable, and nothing else of a mode": {[][]*tar.Header{{withMode(regular("su", "1"), 0o4755), withMode(regular("g", "2"), 0o2644), withMode(dir("tmp"), 0o1777)}}, All,
			files{"su": "x 1", "g": "2", "tmp": "dir"}},
		"replaced":                    {[][]*tar.Header{{regular("a", "1")}, {regular("a", "2")}}, All, files{"a": "2"}},
		"file for a directory":        {[][]*tar.Header{{regular("a/b", "1")}, {regular("a", "2")}}, All, files{"a": "2"}},
		"directory for a link":        {[][]*tar.Header{{link("a", "/b")}, {dir("a"), regular("a/c", "1")}}, All, files{"a": "dir", "a/c": "1"}},
		"directories merge":           {[][]*tar.Header{{regular("a/b", "1")}, {dir("a"), dir("a"), regular("a/c", "2")}}, All, files{"a": "dir", "a/b": "1", "a/c": "2"}},
		"whiteout":                    {[][]*tar.Header{{regular("a/b", "1"), regular("a/c", "2")}, {regular("a/.wh.b", "")}}, All, files{"a": "dir", "a/c": "2"}},
		"whiteout of a directory":     {[][]*tar.Header{{regular("a/b/c", "1")}, {regular("a/.wh.b", "")}}, All, files{"a": "dir"}},
		"whiteout of nothing there":   {[][]*tar.Header{{dir("a")}, {regular("b/c/.wh.d", ""), regular("a/.wh.x", "")}}, All, files{"a": "dir"}},
		"whiteout, then anew":         {[][]*tar.Header{{regular("a/b", "1")}, {regular("a", "2"), regular(".wh.a", "")}}, All, files{"a": "2"}},
		"whiteout below a link":       {[][]*tar.Header{{link("l", "a"), regular("a/b", "1")}, {regular("l/.wh.b", "")}}, All, files{"a": "dir", "a/b": "1", "l": "-> a"}},
		"opaque, wherever it stands":  {[][]*tar.Header{{regular("a/b", "1"), regular("a/c/d", "2")}, {regular("a/e", "3"), regular("a/.wh..wh..opq", "")}}, All, files{"a": "dir", "a/e": "3"}},
		"opaque root":                 {[][]*tar.Header{{regular("a", "1")}, {regular(".wh..wh..opq", ""), regular("b", "2")}}, All, files{"b": "2"}},
		"whiteout in the lowest":      {[][]*tar.Header{{regular("a", "1"), regular(".wh.b", "")}, {regular("b", "2")}}, All, files{"a": "1", "b": "2"}},
		"hard links are copies":       {[][]*tar.Header{{withMode(regular("a", "1"), 0o755), hard("b", "a"), hard("./c", "./b")}}, All, files{"a": "x 1", "b": "x 1", "c": "x 1"}},
		"hard link to a lower file":   {[][]*tar.Header{{regular("a", "1")}, {hard("b", "a"), regular(".wh.a", "")}, {regular("c", "")}}, All, nil},
		"hard link kept by itself":    {[][]*tar.Header{{regular("a", "1"), hard("b", "a")}, {regular(".wh.a", "")}}, All, files{"b": "1"}},
		"hard link to a link":         {[][]*tar.Header{{link("a", "/x"), hard("b", "a")}}, All, files{"a": "-> /x", "b": "-> /x"}},
		"hard link to what stays out": {[][]*tar.Header{{regular("var/a", "1"), hard("usr/b", "var/a")}}, only("usr"), files{"usr": "dir", "usr/b": "1"}},
		"device where nothing is taken": {[][]*tar.Header{{special("dev/null", tar.TypeChar), regular("usr/a", "1")}}, only("usr"),
			files{"usr": "dir", "usr/a": "1"}},
		"empty files": {[][]*tar.Header{{regular("a", ""), regular("b", "")}}, All, files{"a": "", "b": ""}},
		"links that stay": {[][]*tar.Header{{link("usr/a", "../etc/x"), link("b", "/../../x"), link("c", "nowhere")}}, All,
			files{"usr": "dir", "usr/a": "-> ../etc/x", "b": "-> /../../x", "c": "-> nowhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			var archives [][]byte
			for _, headers := range c.layers {
				archives = append(archives, archiveOf(t, headers...))
			}
			root := layoutOf(t, imageFrom(t, thisMachine(), archives...))
			got, err := unpack(t, root, "./image", Limits{}, c.keep)
			if c.want == nil {
				if err == nil {
					t.Error("unpacked", got)
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

// only keeps one directory.
func only(top string) Keep {
	return func(name string, _ bool) bool { return name == top || strings.HasPrefix(name, top+"/") }
}
