package bounded

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// abs makes a slash-separated name an absolute path of this system.
func abs(path string) string {
	if runtime.GOOS == "windows" {
		return `C:` + filepath.FromSlash(path)
	}
	return path
}

// one is a request whose searches have one bound.
func one() Request {
	return Request{
		Cargo: abs("/bin/cargo"), Args: []string{"build", "-r"}, Dir: abs("/repo/a"), Env: map[string]string{"HOME": abs("/home")},
		Config: Route{abs("/repo/a"), abs("/repo")}, Manifest: Route{abs("/repo/b"), abs("/repo")},
	}
}

// two is a request whose searches have different bounds, and which is allowed.
func two() Request {
	r := one()
	r.Args = []string{"build", "--manifest-path=" + abs("/repo/doc/foo/Cargo.toml"), "-r"}
	r.Manifest = Route{abs("/repo/doc/foo"), abs("/repo/doc")}
	r.Facts.Bound = r.Manifest.Bound
	r.ConfigFiles = []string{abs("/repo/a/.cargo/config"), abs("/repo/.cargo/config.toml")}
	r.ConfigKeys = []string{"CARGO_BUILD_JOBS"}
	return r
}

func TestPlan(t *testing.T) {
	near, far, bound := abs("/repo/a/.cargo/config"), abs("/repo/.cargo/config.toml"), abs("/repo/doc/.cargo/config.toml")
	manifest := "--manifest-path=" + abs("/repo/doc/foo/Cargo.toml")
	home := "HOME=" + abs("/home")
	same := &Command{Path: abs("/bin/cargo"), Args: []string{"build", "-r"}, Dir: abs("/repo/a"), Env: []string{home, Switch + "=" + abs("/repo")}}
	moved := func(args ...string) *Command {
		return &Command{Path: abs("/bin/cargo"), Args: args, Dir: abs("/repo/doc"), Env: []string{home, Switch + "=" + abs("/repo/doc")}}
	}
	for name, c := range map[string]struct {
		req  Request
		edit func(*Request)
		want *Command
	}{
		"one bound": {one(), func(*Request) {}, same},
		"one bound needs nothing else": {one(), func(r *Request) {
			r.FixedDir, r.ConfigFiles, r.BoundConfig = true, []string{far}, bound
			r.ConfigKeys = []string{"HOME"}
		}, same},
		"two": {two(), func(*Request) {}, moved("build", "--config", far, "--config", near, manifest, "-r")},
		"the bound's own file is the farthest": {two(), func(r *Request) {
			r.ConfigFiles, r.BoundConfig = append(r.ConfigFiles, bound), bound
		}, moved("build", "--config", far, "--config", near, manifest, "-r")},
		"home's file is the farthest": {two(), func(r *Request) {
			r.Facts.HomeConfig = far
		}, moved("build", "--config", near, manifest, "-r")},
		"the bound's and then home's": {two(), func(r *Request) {
			r.ConfigFiles, r.BoundConfig, r.Facts.HomeConfig = []string{near, bound, far}, bound, far
		}, moved("build", "--config", near, manifest, "-r")},
		"options in front": {two(), func(r *Request) {
			r.Args = []string{"-v", "--color", "never", "-Z", "x", "clippy", "--manifest-path", abs("/repo/doc/foo/Cargo.toml"), "--config", "build.jobs=1"}
		}, moved("-v", "--color", "never", "-Z", "x", "clippy", "--config", far, "--config", near,
			"--manifest-path", abs("/repo/doc/foo/Cargo.toml"), "--config", "build.jobs=1")},
		"nothing to hand over": {two(), func(r *Request) {
			r.ConfigFiles, r.Env = nil, map[string]string{"HOME": abs("/home")}
			r.ConfigKeys = []string{"HOME"}
		}, moved("build", manifest, "-r")},
	} {
		t.Run(name, func(t *testing.T) {
			c.edit(&c.req)
			got, err := Plan(c.req)
			if err != nil {
				t.Fatalf("%v\n%s", err, notes(err))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPlanKeepsRequest makes sure that a plan is a value of its own.
func TestPlanKeepsRequest(t *testing.T) {
	req, before := two(), two()
	req.Env["CARGO"], before.Env["CARGO"] = abs("/x/bin/cargo"), abs("/x/bin/cargo")
	c, err := Plan(req)
	if err != nil {
		t.Fatal(err)
	}
	c.Args[0] = "changed"
	if diff := cmp.Diff(before, req); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestPlanRefuses(t *testing.T) {
	set := func(name, value string) func(*Request) { return func(r *Request) { r.Env[name] = value } }
	verb := func(verb string) func(*Request) { return func(r *Request) { r.Args[0] = verb } }
	for name, c := range map[string]struct {
		edit func(*Request)
		why  string
	}{
		"not surveyed":        {func(r *Request) { r.Facts = Facts{} }, "nobody has looked"},
		"bound behind a link": {func(r *Request) { r.Facts.Bound = abs("/else") }, "is `" + abs("/else") + "` for cargo"},
		"fixed directory":     {func(r *Request) { r.FixedDir = true }, "relative to the directory where it is given"},
		"bound has a file":    {func(r *Request) { r.BoundConfig = abs("/repo/doc/.cargo/config") }, "would count, and should not"},
		"bound's file is near": {func(r *Request) {
			r.BoundConfig = r.ConfigFiles[0]
		}, "would count less than it should"},
		"home's file is near": {func(r *Request) { r.Facts.HomeConfig = r.ConfigFiles[0] }, "would count less than it should"},
		"home before the bound's": {func(r *Request) {
			r.Facts.HomeConfig, r.BoundConfig = r.ConfigFiles[0], r.ConfigFiles[1]
		}, "would count less than it should"},
		"variable of a key": {set("CARGO_BUILD_JOBS", ""), "the variable `CARGO_BUILD_JOBS` beats"},
		"relative target":   {set("CARGO_TARGET_DIR", "target"), "`CARGO_TARGET_DIR` means something relative"},
		"relative program":  {set("RUSTC_WRAPPER", "./wrap"), "`RUSTC_WRAPPER` means something relative"},
		"relative runner":   {set("CARGO_TARGET_X_RUNNER", "tools/run"), "`CARGO_TARGET_X_RUNNER` means something relative"},
		"relative PATH":     {set("PATH", "bin"), "`PATH` means something relative"},
		"run":               {verb("run"), "not one of cargo's building verbs"},
		"external verb":     {verb("nextest"), "not one of cargo's building verbs"},
		"no verb":           {func(r *Request) { r.Args = []string{"--version"} }, "not one of cargo's building verbs"},
		"alias": {func(r *Request) {
			r.Args[0], r.ConfigKeys = "b", []string{"CARGO_ALIAS_B"}
		}, "makes `b` an alias"},
		"front --config": {func(r *Request) { r.Args = append([]string{"--config=a=1"}, r.Args...) }, "would be replaced"},
		"no manifest":    {func(r *Request) { r.Args = []string{"build", "--", "--manifest-path=/x"} }, "without `--manifest-path`"},
		"odd file name":  {func(r *Request) { r.ConfigFiles[0] = abs("/repo/\xff") }, "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			req := two()
			c.edit(&req)
			_, err := Plan(req)
			d, ok := errors.AsType[*diag.Diagnostic](err)
			if !ok || d.Exit != diag.ExitIsolation || !strings.Contains(d.Message, c.why) {
				t.Fatalf("got %v, want exit %d and %q", err, diag.ExitIsolation, c.why)
			}
			wantNotes := []string{
				"configuration is searched from `" + abs("/repo/a") + "` up to `" + abs("/repo") + "`",
				"manifest and workspace are searched from `" + abs("/repo/doc/foo") + "` up to `" + abs("/repo/doc") + "`",
			}
			if diff := cmp.Diff(wantNotes, d.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if want := "cargo hermetic --isolation roots -C " + quote(abs("/repo/doc/foo")) + " "; !strings.HasPrefix(d.Help, want) {
				t.Errorf("help %q does not begin with %q", d.Help, want)
			}
		})
	}
}

func TestPlanRejects(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Request)
		exit int
	}{
		"relative cargo":        {func(r *Request) { r.Cargo = "cargo" }, diag.ExitFailed},
		"relative bound":        {func(r *Request) { r.Manifest.Bound = "repo" }, diag.ExitFailed},
		"empty bound":           {func(r *Request) { r.Config.Bound, r.Manifest.Bound = "", "" }, diag.ExitFailed},
		"slash at the end":      {func(r *Request) { r.Config.Bound += string(filepath.Separator) }, diag.ExitFailed},
		"dots":                  {func(r *Request) { r.Manifest.Start = abs("/repo/x/../b") }, diag.ExitFailed},
		"bound beside":          {func(r *Request) { r.Config.Bound, r.Manifest.Bound = abs("/rep"), abs("/rep") }, diag.ExitFailed},
		"start beside":          {func(r *Request) { r.Config.Start = abs("/repo/b") }, diag.ExitFailed},
		"relative manifest":     {func(r *Request) { r.Args = []string{"build", "--manifest-path", "b/Cargo.toml"} }, diag.ExitFailed},
		"relative config file":  {func(r *Request) { r.ConfigFiles = []string{".cargo/config"} }, diag.ExitFailed},
		"toolchain":             {func(r *Request) { r.Args = []string{"+nightly", "build"} }, diag.ExitUsage},
		"cargo's -C":            {func(r *Request) { r.Args = []string{"-C", "x", "build"} }, diag.ExitUsage},
		"cargo's -C in a group": {func(r *Request) { r.Args = []string{"--color", "never", "-qCx", "build"} }, diag.ExitUsage},
		"not UTF-8": {func(r *Request) {
			odd := abs("/repo\xff")
			r.Dir, r.Config, r.Manifest = odd, Route{odd, odd}, Route{odd, odd}
		}, diag.ExitIsolation},
		"a proxy that says nothing": {func(r *Request) {
			r.Env["RUST_RECURSION_COUNT"], r.Env["RUSTUP_TOOLCHAIN"], r.Toolchain = "1", "nightly", "stable"
		}, diag.ExitIsolation},
	} {
		t.Run(name, func(t *testing.T) {
			req := one()
			c.edit(&req)
			got, err := Plan(req)
			if err == nil || diag.ExitCode(err) != c.exit {
				t.Errorf("got %v, %v (exit %d), want exit %d", got, err, diag.ExitCode(err), c.exit)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	got := map[string]bool{}
	for _, pair := range [][2]string{{"/", "/"}, {"/", "/a"}, {"/a", "/a"}, {"/a", "/a/b"}, {"/a", "/ab"}, {"/a/b", "/a"}} {
		got[pair[0]+" "+pair[1]] = within(abs(pair[0]), abs(pair[1]))
	}
	want := map[string]bool{"/ /": true, "/ /a": true, "/a /a": true, "/a /a/b": true, "/a /ab": false, "/a/b /a": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
