package audit

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// Request is a build to audit.
type Request struct {
	Args     []string // for cargo, the verb first
	Manifest string   // of --manifest-path, absolute; or empty. It is in Args too
	Roots    []string // of --root
}

// Watcher runs a command as its caller would and records what it does:
// sandbox.Watch.
type Watcher func(context.Context, sandbox.Ordinary) (sandbox.Result, error)

// Run builds with the user's own cargo and environment in a target directory of
// its own, which is empty before and gone afterwards, so that everything is
// really built. What cargo prints goes to the caller's standard error. A build
// that fails is audited as far as it came.
func Run(ctx context.Context, h *build.Host, req Request, watch Watcher) (Report, sandbox.Result, error) {
	places, rules, err := locate(h, req)
	if err != nil {
		return Report{}, sandbox.Result{}, err
	}
	dir, remove, err := h.TempDir("hermetic-audit-", "the build")
	if err != nil {
		return Report{}, sandbox.Result{}, err
	}
	places.Target = filepath.Join(dir, "target")
	report, result, err := run(ctx, h, req, watch, places, rules)
	return report, result, diag.Join(err, remove())
}

func run(ctx context.Context, h *build.Host, req Request, watch Watcher, places Places, rules *policy.Policy) (Report, sandbox.Result, error) {
	none := Report{}
	program, err := exec.LookPath("cargo")
	if err == nil {
		program, err = filepath.Abs(program)
	}
	if err != nil {
		return none, sandbox.Result{}, diag.New(diag.ExitFailed, "there is no cargo on the PATH").
			Because(err).WithHelp("install Rust, or put the directory of cargo on the PATH")
	}
	if err := os.Mkdir(places.Target, 0o755); err != nil {
		return none, sandbox.Result{}, err
	}
	record, err := os.Create(filepath.Join(filepath.Dir(places.Target), "record"))
	if err != nil {
		return none, sandbox.Result{}, err
	}
	defer record.Close() // read again below, where every error of it is seen
	stdin, err := os.Open(os.DevNull)
	if err != nil {
		return none, sandbox.Result{}, err
	}
	defer stdin.Close() // nothing to lose
	result, err := watch(ctx, sandbox.Ordinary{
		Argv: append([]string{program}, arguments(req.Args, places.Target)...), Env: environment(h.Env), Dir: h.Cwd,
		Stdin: stdin, Stdout: h.Stderr, Stderr: h.Stderr, Signals: h.Signals, Record: record,
	})
	if err != nil || result.Signal != 0 {
		return none, result, err
	}
	if _, err := record.Seek(0, 0); err != nil {
		return none, result, err
	}
	seen, err := observation.Read(record)
	if err != nil {
		return none, result, err
	}
	facts, err := gather(h, seen, places, rules)
	if err != nil {
		return none, result, err
	}
	facts.Command = append([]string{"cargo"}, req.Args...)
	facts.Version, facts.ExitCode = h.Version, result.ExitCode
	return Analyse(seen, facts), result, nil
}

// locate finds the root as a hermetic build would, and reads its policy. What the
// root holds that a hermetic build refuses is no obstacle: this one is ordinary.
func locate(h *build.Host, req Request) (Places, *policy.Policy, error) {
	ask := roots.Request{Cwd: h.Cwd, Manifest: req.Manifest, Roots: req.Roots, Home: h.Home, Cargo: h.Cargo}
	if v, ok := h.Env["CARGO_ROOTS"]; ok {
		ask.Variable = append([]string{}, filepath.SplitList(v)...)
	}
	found, err := roots.Find(build.Files(), ask)
	if err != nil {
		return Places{}, nil, err
	}
	p := Places{Root: found.Root, Cargo: h.Cargo, Rustup: h.Rustup, Home: h.Home}
	for _, dir := range []*string{&p.Root, &p.Cargo, &p.Rustup, &p.Home} {
		if *dir, err = resolved(*dir); err != nil {
			return Places{}, nil, err
		}
	}
	for _, dir := range []string{h.Temp, "/tmp", "/var/tmp", "/dev/shm"} {
		if dir, err = resolved(h.Absolute(dir)); err != nil {
			return Places{}, nil, err
		}
		// A project in a temporary directory is no temporary file.
		if !slices.Contains(p.Temp, dir) && !within(p.Root, dir) {
			p.Temp = append(p.Temp, dir)
		}
	}
	file := filepath.Join(p.Root, build.PolicyFile)
	data, err := roots.ReadInside(build.Files(), file, p.Root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Places{}, nil, diag.Wrap(err, "failed to read `%s`", file)
	}
	rules, err := policy.Parse(file, data, h.Version)
	return p, rules, err
}

// resolved is the one physical name of a directory; one that is not there keeps
// its name.
func resolved(dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	real, err := fsx.Physical(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return filepath.Clean(dir), nil
	}
	return real, diag.Wrap(err, "finding `%s`", dir)
}

// arguments adds where to build, behind the verb. A build directory that the
// user's configuration names apart would hold what was built before.
func arguments(args []string, target string) []string {
	own := []string{"--target-dir=" + target, "--config=build.build-dir=" + strconv.Quote(target)}
	return slices.Insert(slices.Clone(args), min(1, len(args)), own...)
}

// environment is the caller's, without what cargo and rustup's proxy add for the
// subcommand that we are: cargo started by hand would not have it.
func environment(caller map[string]string) []string {
	env := maps.Clone(caller)
	proxied := env["RUST_RECURSION_COUNT"] != "" || env["RUSTUP_TOOLCHAIN_SOURCE"] != ""
	if proxied && !slices.Contains([]string{"cli", "env"}, env["RUSTUP_TOOLCHAIN_SOURCE"]) {
		delete(env, "RUSTUP_TOOLCHAIN")
	}
	if own := env["CARGO"]; proxied && filepath.IsAbs(own) {
		// rustup puts the libraries of the toolchain in front.
		libraries := filepath.Join(filepath.Dir(filepath.Dir(own)), "lib")
		rest := slices.DeleteFunc(filepath.SplitList(env["LD_LIBRARY_PATH"]), func(dir string) bool { return dir == libraries })
		delete(env, "LD_LIBRARY_PATH")
		if len(rest) > 0 {
			env["LD_LIBRARY_PATH"] = strings.Join(rest, string(filepath.ListSeparator))
		}
	}
	for _, name := range []string{"CARGO", "RUSTUP_TOOLCHAIN_SOURCE", "RUST_RECURSION_COUNT"} {
		delete(env, name)
	}
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
