//go:build linux

package hermetic_test

import (
	"os"
	"path"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// zooSpy is a build script that writes a file for each thing that it can see of a host,
// and all of them together for the program. A number of a process is told by thousands:
// which of them it is within one depends on who starts first.
const zooSpy = `use std::{collections::hash_map::RandomState, env, fs, hash::BuildHasher, os::unix::fs::MetadataExt, path::Path, process, thread, time::SystemTime};

extern "C" {
    fn statfs(path: *const u8, about: *mut [u64; 32]) -> i32;
}

fn main() {
    let read = |name: &str| fs::read_to_string(name).unwrap();
    let first = |text: String| text.split(' ').next().unwrap().to_string();
    let mut disk = [0u64; 32];
    assert_eq!(unsafe { statfs(b".\0".as_ptr(), &mut disk) }, 0);
    let seen = [
        ("address", format!("{:p}", main as fn())),
        ("boot", read("/proc/sys/kernel/random/boot_id")),
        ("day", (SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 86400).to_string()),
        ("disk", disk[2].to_string()),
        ("environment", { let mut all: Vec<_> = env::vars().filter(|(name, _)| name != "NUM_JOBS" && name != "CARGO_MAKEFLAGS").collect(); all.sort(); format!("{all:?}") }),
        ("jobs", env::var("NUM_JOBS").unwrap()),
        ("list", fs::read_dir("data").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>().join(" ")),
        ("memory", read("/proc/meminfo")),
        ("modes", ["data/ash", &env::var("OUT_DIR").unwrap()].map(|place| fs::metadata(place).map(|m| format!("{} {:o}", m.uid(), m.mode())).unwrap()).join(" ")),
        ("name", read("/proc/sys/kernel/hostname")),
        ("parallelism", thread::available_parallelism().unwrap().to_string()),
        ("process", (process::id() / 2500).to_string()),
        ("random", RandomState::new().hash_one(1).to_string()),
        ("release", read("/proc/sys/kernel/osrelease")),
        ("temporary", env::temp_dir().join("noise").exists().to_string()),
        ("times", format!("{:?}", fs::metadata("data/ash").unwrap().modified().unwrap())),
        ("up", first(read("/proc/uptime"))),
        ("version", read("/proc/version")),
    ];
    let out = env::var("OUT_DIR").unwrap();
    for (name, text) in &seen {
        fs::write(Path::new(&out).join(name), text).unwrap();
    }
    fs::write(Path::new(&out).join("seen"), format!("{seen:?}")).unwrap();
}
`

// zooSeen is what that script sees of each dimension where nothing is held still, and
// of the others nothing.
var zooSeen = map[string][]string{
	"addresses":   {"address"},
	"clock":       {"boot", "day", "up"},
	"cpus":        {"jobs", "parallelism"},
	"environment": nil,
	"file-order":  {"list"},
	"file-times":  {"times"},
	"home":        nil,
	"host-name":   nil,
	"jobs":        {"jobs"},
	"kernel":      {"release", "version"},
	"locale":      nil,
	"memory":      {"disk", "memory"},
	"pids":        {"process"},
	"root-path":   nil,
	"seed":        {"random"},
	"temporary":   nil,
	"time-zone":   nil,
	"umask":       nil,
	"user":        nil,
}

// zooSeenEveryDay is one that the supervisor shows, one that differs for real, and
// one that the walls close.
var zooSeenEveryDay = []string{"clock", "file-times", "user"}

// TestZooDimensions: with `--deterministic=no`, a dimension of `verify` is what a build
// script sees differ, and nothing else is, neither of another dimension nor by chance.
func TestZooDimensions(t *testing.T) {
	spy := &exhibit{Title: "it looks at everything", Guilty: "spy", Unit: "build script", name: "spy", files: []txtar.File{
		{Name: "guilty/build.rs", Data: []byte(zooSpy)}, {Name: "guilty/data/ash"}, {Name: "guilty/data/elm"}, {Name: "guilty/data/fir"}}}
	turns := make(chan struct{}, atOnce)
	for vary, want := range zooSeen {
		if os.Getenv("HERMETIC_ZOO") == "" && !slices.Contains(zooSeenEveryDay, vary) {
			continue
		}
		t.Run(vary, func(t *testing.T) {
			t.Parallel()
			if lacking := lackingHere(zooDimensions[vary].needs); (vary == "user" || vary == "host-name") && lacking != "" {
				t.Skip(lacking)
			}
			turns <- struct{}{}
			defer func() { <-turns }()
			s := newZooScene(t, "spy")
			c := s.quiet()
			s.layIn(spy, c)
			report := s.verified(c, "--deterministic=no", "--no-bisect", "--vary", vary)
			var got []string
			for _, cause := range report.Causes {
				if cause.Unit.Package != "spy" {
					t.Errorf("`%s` is blamed", cause.Unit.Package)
				}
				for _, file := range cause.Files {
					if name := path.Base(file); name != "seen" {
						got = append(got, name)
					}
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", report.Verdict, diff)
			}
			if match := report.Verdict == "match"; match != (len(want) == 0) {
				t.Errorf("the verdict is %s", report.Verdict)
			}
		})
	}
}
