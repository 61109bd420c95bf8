package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

func TestStatsText(t *testing.T) {
	last := time.Date(2026, 11, 21, 10, 0, 0, 0, time.Local)
	digest := "sha256:" + strings.Repeat("0123456789abcdef", 4) + "/99"
	u := store.Usage{
		Dir: "/home/u/\x1b[31mcache", Format: "2", Records: 4096, Running: 0, Foreign: []string{"README"},
		Items: []store.Item{
			{Kind: "system", Name: digest, Files: 2147, Apparent: 196 << 20, Disk: 202 << 20, LastUse: last, InUse: true},
			{Kind: "toolchain", Name: digest, Files: 90, Apparent: 1 << 30, Disk: 1 << 30, LastUse: last},
			{Kind: store.DownloadsKind, Name: store.DownloadsKind, Files: 3, Apparent: 1000, Disk: 4096, LastUse: last},
			{Kind: store.MemoryKind, Name: "0123456789ab", Files: 1, Apparent: 10, Disk: 10, LastUse: last},
			{Kind: store.MemoryKind, Name: "1123456789ab", Files: 1, Apparent: 10, Disk: 10, LastUse: last},
		},
	}
	want := `/home/u/\x1b[31mcache, format 2

kind       items  files  size       on disk
system     1      2147   196.0 MiB  202.0 MiB
toolchain  1      90     1.0 GiB    1.0 GiB
downloads  1      3      1000 B     4.0 KiB
memory     2      2      20 B       20 B
all        5      2242   1.2 GiB    1.2 GiB

records 4.0 KiB, of running commands 0 B on disk

item                           files  size       on disk    last use
system sha256:0123456789ab     2147   196.0 MiB  202.0 MiB  2026-11-21 10:00  in use
toolchain sha256:0123456789ab  90     1.0 GiB    1.0 GiB    2026-11-21 10:00
downloads                      3      1000 B     4.0 KiB    2026-11-21 10:00

README lies among the layers and is none
`
	if diff := cmp.Diff(want, statsText(u, false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if verbose := statsText(u, true); strings.Count(verbose, "\nmemory ") != 3 {
		t.Errorf("with -v the memories are to be listed one by one:\n%s", verbose)
	}
}
