package cli

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseSize(t *testing.T) {
	type result struct {
		Bytes int64
		OK    bool
	}
	for text, want := range map[string]result{
		"0": {0, true}, "512": {512, true}, "512B": {512, true}, "1K": {1024, true}, "1kb": {1000, true},
		"20G": {20 << 30, true}, "1.5GiB": {3 << 29, true}, "2 MiB": {2 << 20, true}, "3tb": {3e12, true},
		"": {}, "G": {}, "-1": {}, "-1G": {}, "+1G": {}, "1e3": {}, "0x10": {}, "1.2.3": {}, ".": {}, "inf": {}, "NaN": {},
		"1GB2": {}, "1 G B": {}, "lots": {}, "99999999999T": {},
	} {
		var got result
		if got.Bytes, got.OK = parseSize(text); !got.OK {
			got.Bytes = 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseAge(t *testing.T) {
	type result struct {
		Age time.Duration
		OK  bool
	}
	for text, want := range map[string]result{
		"0": {0, true}, "30d": {720 * time.Hour, true}, "2W": {336 * time.Hour, true}, "12h": {12 * time.Hour, true},
		"1.5h": {90 * time.Minute, true}, "90s": {90 * time.Second, true}, "5m": {5 * time.Minute, true},
		"": {}, "30": {}, "d": {}, "-1d": {}, "1h30m": {}, "1y": {}, "999999d": {},
	} {
		var got result
		if got.Age, got.OK = parseAge(text); !got.OK {
			got.Age = 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 20: "1.0 MiB", 3 << 29: "1.5 GiB", 5 << 50: "5120.0 TiB"} {
		if diff := cmp.Diff(want, size(bytes)); diff != "" {
			t.Errorf("%d (-want +got):\n%s", bytes, diff)
		}
	}
}
