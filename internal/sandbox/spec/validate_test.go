package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// valid is a Spec that says all that one may say.
func valid() Spec {
	return Spec{
		Argv: []string{"/bin/true"}, Env: []string{"PATH=/bin", "EMPTY="}, Dir: "/",
		UID: 1000, GID: 1000, HostName: "localhost", DomainName: "(none)", Umask: 0o022, OpenFiles: 1024,
		Network: NetworkLoopback,
		Dirs:    []Dir{{"/home", 0o755}, {"/home/inner", 0o1777}, {"/place", 0o755}},
		Files:   []File{{"/etc/passwd", "root:x:0:0::/:/bin/false\n"}},
		Links:   []Link{{"/bin", "usr/bin"}, {"/dev/fd", "/proc/self/fd"}},
		Mounts: []Mount{
			{Kind: Bind, Source: "/usr", Target: "/usr"},
			{Kind: Bind, Source: "/usr/bin/env", Target: "/usr/bin/env", File: true, NoExec: true},
			{Kind: Bind, Source: "/var", Target: "/place", Writable: true},
			{Kind: Cover, Target: "/usr/share"},
			{Kind: Cover, Target: "/etc/passwd"},
			{Kind: Device, Source: "/dev/null", Target: "/dev/null"},
			{Kind: Tmpfs, Target: "/shm", Size: 1, Mode: 0o1777, Writable: true},
			{Kind: Proc, Target: "/proc"},
		},
	}
}

func TestValidate(t *testing.T) {
	if s := valid(); s.Validate() != nil {
		t.Fatal(s.Validate())
	}
	long := strings.Repeat("x", 256)
	mount := func(m Mount) func(*Spec) { return func(s *Spec) { s.Mounts = append(s.Mounts, m) } }
	for name, c := range map[string]struct {
		change func(*Spec)
		want   string
	}{
		"no command":           {func(s *Spec) { s.Argv = nil }, "there is no command"},
		"empty command":        {func(s *Spec) { s.Argv = []string{""} }, "there is no command"},
		"relative command":     {func(s *Spec) { s.Argv[0] = "bin/true" }, `the command "bin/true" is neither an absolute path nor a bare name`},
		"NUL in an argument":   {func(s *Spec) { s.Argv = append(s.Argv, "a\x00b") }, `argument 1 "a\x00b": has a NUL byte in it`},
		"not UTF-8":            {func(s *Spec) { s.Argv = append(s.Argv, "\xff") }, `argument 1 "\xff": is not UTF-8`},
		"no variable":          {func(s *Spec) { s.Env = []string{"secret"} }, "environment entry 0 is not NAME=VALUE"},
		"no name":              {func(s *Spec) { s.Env = []string{"=secret"} }, "environment entry 0 is not NAME=VALUE"},
		"twice":                {func(s *Spec) { s.Env = []string{"A=1", "A=2"} }, `the variable "A" is in the environment twice`},
		"NUL in a value":       {func(s *Spec) { s.Env = []string{"A=secret\x00"} }, `environment variable "A": has a NUL byte in it`},
		"value not UTF-8":      {func(s *Spec) { s.Env = []string{"A=secret\xe9"} }, `environment variable "A": is not UTF-8`},
		"relative directory":   {func(s *Spec) { s.Dir = "usr" }, `working directory "usr": is not absolute`},
		"no directory":         {func(s *Spec) { s.Dir = "" }, `working directory "": is not absolute`},
		"uid -1":               {func(s *Spec) { s.UID = -1 }, "uid -1 does not exist"},
		"uid no change":        {func(s *Spec) { s.UID = 1<<32 - 1 }, "uid 4294967295 does not exist"},
		"gid -1":               {func(s *Spec) { s.GID = -1 }, "gid -1 does not exist"},
		"umask":                {func(s *Spec) { s.Umask = 0o1000 }, "umask 01000 does not exist"},
		"no files":             {func(s *Spec) { s.OpenFiles = 0 }, "a command that may open no file cannot be started"},
		"network":              {func(s *Spec) { s.Network = "" }, `unknown network ""`},
		"long host name":       {func(s *Spec) { s.HostName = long[:65] }, `host name "` + long[:65] + `" is longer than 64 bytes`},
		"NUL in domain name":   {func(s *Spec) { s.DomainName = "\x00" }, `domain name "\x00": has a NUL byte in it`},
		"kind":                 {mount(Mount{Kind: "overlay", Target: "/w"}), `mount 8 at "/w": unknown kind "overlay"`},
		"relative source":      {mount(Mount{Kind: Bind, Source: "w", Target: "/w"}), `mount 8 at "/w": source "w": is not absolute`},
		"source with ..":       {mount(Mount{Kind: Bind, Source: "/a/../w", Target: "/w"}), `mount 8 at "/w": source "/a/../w": is not clean`},
		"source of proc":       {mount(Mount{Kind: Proc, Source: "/proc", Target: "/w"}), `mount 8 at "/w": proc has no source`},
		"no size":              {mount(Mount{Kind: Tmpfs, Target: "/w"}), `mount 8 at "/w": a file system in memory needs a size, not 0`},
		"negative size":        {mount(Mount{Kind: Tmpfs, Target: "/w", Size: -1}), `mount 8 at "/w": a file system in memory needs a size, not -1`},
		"mode of memory":       {mount(Mount{Kind: Tmpfs, Target: "/w", Size: 1, Mode: 0o4755}), `mount 8 at "/w": mode 04755 is none of a directory`},
		"size of a bind":       {mount(Mount{Kind: Bind, Source: "/w", Target: "/w", Size: 1}), `mount 8 at "/w": only tmpfs has a size`},
		"mode of a bind":       {mount(Mount{Kind: Bind, Source: "/w", Target: "/w", Mode: 1}), `mount 8 at "/w": only tmpfs has a mode`},
		"writable proc":        {mount(Mount{Kind: Proc, Target: "/w", Writable: true}), `mount 8 at "/w": proc is never writable`},
		"proc as a file":       {mount(Mount{Kind: Proc, Target: "/w", File: true}), `mount 8 at "/w": proc is no file`},
		"the root":             {mount(Mount{Kind: Bind, Source: "/w", Target: "/"}), `mount at "/": the root is made by the isolation`},
		"cover of the root":    {mount(Mount{Kind: Cover, Target: "/"}), `cover at "/": the root is made by the isolation`},
		"relative target":      {mount(Mount{Kind: Bind, Source: "/w", Target: "w"}), `mount at "w": is not absolute`},
		"target with ..":       {mount(Mount{Kind: Bind, Source: "/w", Target: "/usr/../w"}), `mount at "/usr/../w": is not clean`},
		"target with //":       {mount(Mount{Kind: Bind, Source: "/w", Target: "//w"}), `mount at "//w": is not clean`},
		"target with / last":   {mount(Mount{Kind: Bind, Source: "/w", Target: "/w/"}), `mount at "/w/": is not clean`},
		"long name":            {mount(Mount{Kind: Bind, Source: "/w", Target: "/" + long}), `mount at "/` + long + `": has a name of more than 255 bytes`},
		"NUL in a target":      {mount(Mount{Kind: Bind, Source: "/w", Target: "/w\x00"}), `mount at "/w\x00": has a NUL byte in it`},
		"below a link":         {mount(Mount{Kind: Bind, Source: "/w", Target: "/bin/w"}), `mount at "/bin/w": lies below the link at "/bin"`},
		"below a device":       {mount(Mount{Kind: Bind, Source: "/w", Target: "/dev/null/w"}), `mount at "/dev/null/w": lies below the mount at "/dev/null"`},
		"below a mounted file": {mount(Mount{Kind: Bind, Source: "/w", Target: "/usr/bin/env/w"}), `mount at "/usr/bin/env/w": lies below the mount at "/usr/bin/env"`},
		"on a link":            {mount(Mount{Kind: Bind, Source: "/w", Target: "/bin"}), `mount at "/bin": a link is there already`},
		"on a parent":          {mount(Mount{Kind: Bind, Source: "/w", Target: "/dev"}), `mount at "/dev": would hide what lies in it`},
		"on a directory":       {mount(Mount{Kind: Bind, Source: "/w", Target: "/home"}), `mount at "/home": would hide what lies in it`},
		"on what holds a cover": {func(s *Spec) {
			s.Mounts = append(s.Mounts, Mount{Kind: Cover, Target: "/home/x"}, Mount{Kind: Bind, Source: "/w", Target: "/home"})
		}, `mount at "/home": would hide what lies in it`},
		"cover below a file":  {mount(Mount{Kind: Cover, Target: "/dev/null/x"}), `cover at "/dev/null/x": lies below the mount at "/dev/null"`},
		"directory mode":      {func(s *Spec) { s.Dirs[0].Mode = 0o2755 }, `directory at "/home": mode 02755 is none of a directory`},
		"directory too late":  {func(s *Spec) { s.Dirs = []Dir{{"/a/b", 0o755}, {"/a", 0o700}} }, `directory at "/a": comes after what lies in it`},
		"directory twice":     {func(s *Spec) { s.Dirs = append(s.Dirs, Dir{"/home", 0o700}) }, `directory at "/home": a directory is there already`},
		"root as a directory": {func(s *Spec) { s.Dirs = []Dir{{"/", 0o700}} }, `directory at "/": the root is made by the isolation`},
		"file on a directory": {func(s *Spec) { s.Files = append(s.Files, File{"/home", ""}) }, `file at "/home": a directory is there already`},
		"file below a file":   {func(s *Spec) { s.Files = append(s.Files, File{"/etc/passwd/x", ""}) }, `file at "/etc/passwd/x": lies below the file at "/etc/passwd"`},
		"file not UTF-8":      {func(s *Spec) { s.Files[0].Data = "\xff" }, `file at "/etc/passwd": its content is not UTF-8`},
		"link to nothing":     {func(s *Spec) { s.Links[0].Target = "" }, `link at "/bin": a link leads to between 1 and 4095 bytes`},
		"link on a file":      {func(s *Spec) { s.Links = append(s.Links, Link{"/etc/passwd", "x"}) }, `link at "/etc/passwd": a file is there already`},
	} {
		t.Run(name, func(t *testing.T) {
			s := valid()
			c.change(&s)
			got := ""
			if err := s.Validate(); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if strings.Contains(got, "secret") {
				t.Error("the value of a variable is in the error")
			}
		})
	}
}

// Everything that is wrong is said at once.
func TestValidateSaysAll(t *testing.T) {
	s := valid()
	s.Argv, s.UID, s.Mounts[0].Target = nil, -1, "usr"
	err := s.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	want := "there is no command\nuid -1 does not exist\nmount at \"usr\": is not absolute"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
