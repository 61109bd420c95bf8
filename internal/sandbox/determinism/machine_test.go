package determinism

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFiles: the files of /proc agree with each other, and have the form that
// programs read.
func TestFiles(t *testing.T) {
	for _, machine := range []string{"x86_64", "aarch64"} {
		for _, cpus := range []int{1, 2, 64} {
			files := map[string]string{}
			for _, f := range Usual.Files(machine, cpus) {
				if _, twice := files[f.Path]; twice || !strings.HasPrefix(f.Path, "/proc/") || !strings.HasSuffix(f.Data, "\n") {
					t.Errorf("%s of %d: %q %q", machine, cpus, f.Path, f.Data)
				}
				files[f.Path] = f.Data
			}
			processors := strings.Count("\n"+files["/proc/cpuinfo"], "\nprocessor\t: ")
			times := strings.Count(files["/proc/stat"], "cpu") - 1
			if diff := cmp.Diff([]int{cpus, cpus}, []int{processors, times}); diff != "" {
				t.Errorf("%s of %d (-want +got)\n%s", machine, cpus, diff)
			}
			if !strings.Contains(files["/proc/version"], Usual.Release) || files["/proc/sys/kernel/osrelease"] != Usual.Release+"\n" {
				t.Errorf("the release is %q", files["/proc/version"])
			}
		}
	}
	if slices.Equal(Usual.Files("x86_64", 1), Usual.Files("aarch64", 1)) {
		t.Error("both machines are the same")
	}
}

func TestMemory(t *testing.T) {
	want := `MemTotal:        8388608 kB
MemFree:         6291456 kB
MemAvailable:    6291456 kB
Buffers:               0 kB
Cached:                0 kB
SwapCached:            0 kB
SwapTotal:             0 kB
SwapFree:              0 kB
`
	if diff := cmp.Diff(want, Usual.memory()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSystemFiles(t *testing.T) {
	const dir = "/sys/devices/system/cpu/"
	for cpus, want := range map[int][]File{
		1: {{dir + "online", "0\n"}, {dir + "possible", "0\n"}, {dir + "present", "0\n"},
			{dir + "cpu0/topology/core_id", "0\n"}, {dir + "cpu0/topology/physical_package_id", "0\n"}},
		2: {{dir + "online", "0-1\n"}, {dir + "possible", "0-1\n"}, {dir + "present", "0-1\n"},
			{dir + "cpu0/topology/core_id", "0\n"}, {dir + "cpu0/topology/physical_package_id", "0\n"},
			{dir + "cpu1/topology/core_id", "1\n"}, {dir + "cpu1/topology/physical_package_id", "0\n"}},
	} {
		if diff := cmp.Diff(want, SystemFiles(cpus)); diff != "" {
			t.Errorf("%d (-want +got)\n%s", cpus, diff)
		}
	}
}
