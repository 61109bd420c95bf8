package census

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// inheritedFD is the descriptor under which a build inherits a file. Cargo's
// own jobserver takes the lowest free ones.
const inheritedFD = 9

// patience bounds one command, so that a channel that blocks cargo (a FIFO in
// place of a file) fails instead of hanging the suite.
const patience = 2 * time.Minute

// environment is the whole environment of a build. Nothing is inherited.
func (s *session) environment(r run) ([]string, error) {
	path := []string{filepath.Join(s.host.toolchain, "bin"), systemPath}
	if s.channel.Path != "" {
		path = slices.Insert(path, 0, s.channel.Path)
	}
	if r.path != "" {
		path = slices.Insert(path, 0, r.path)
	}
	env := map[string]string{
		"HOME":       s.sub("home"),
		"CARGO_HOME": s.sub("cargo-home"),
		"PATH":       strings.Join(path, ":"),
	}
	if s.ours {
		env["RUSTUP_HOME"] = s.host.rustupHome
		env["XDG_CACHE_HOME"] = s.host.cache
	}
	maps.Copy(env, s.channel.Env)
	for _, layer := range r.env {
		maps.Copy(env, layer)
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value, err := s.expand(env[name])
		if err != nil {
			return nil, err
		}
		list = append(list, name+"="+value)
	}
	return list, nil
}

// run is one command line of a build, before substitution.
type run struct {
	cwd     string
	args    []string            // of cargo or cargo-hermetic
	env     []map[string]string // later ones win
	path    string              // put first on PATH
	through []string
	fd      string
}

// quietRun is the build of the channel without its perturbation.
func (s *session) quietRun() run {
	return run{cwd: s.channel.Cwd, args: s.channel.Args}
}

// perturbedRun is the build with all of it.
func (s *session) perturbedRun() run {
	p := s.channel.Perturbation
	r := run{
		cwd:     cmp.Or(p.Cwd, s.channel.Cwd),
		args:    slices.Concat(s.channel.Args, p.Args),
		env:     []map[string]string{p.Env},
		through: p.Through,
		fd:      p.FD,
	}
	if slices.ContainsFunc(s.channel.ambient, inPath) {
		r.path = "@PATH@"
	}
	return r
}

// inPath reports whether an ambient file is a program laid on PATH.
func inPath(file txtar.File) bool { return strings.HasPrefix(file.Name, "path/") }

// observe builds and looks at the result.
func (s *session) observe(r run) (observation, error) {
	program := s.channel.Cargo
	if s.ours {
		program = s.host.ours
	} else {
		r.args = slices.Insert(slices.Clone(r.args), 1, "--message-format=json-render-diagnostics")
	}
	stdout, seen, err := s.execute(r, program)
	if err != nil {
		return seen, err
	}
	binary := filepath.Join(s.root, "target", "hermetic", s.channel.Dir, "p")
	if !s.ours && seen.exit == 0 && s.channel.How != howOutcome && s.channel.How != howLog {
		if binary, err = executable(stdout); err != nil {
			return seen, err
		}
	}
	if s.ours {
		seen.log += stdout
	}
	err = seen.compare(s.channel, binary)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, seen.log)
	}
	return seen, err
}

// execute runs one command of either tool.
func (s *session) execute(r run, program string) (string, observation, error) {
	argv := slices.Concat(r.through, []string{program}, r.args)
	for i := range argv {
		text, err := s.expand(argv[i])
		if err != nil {
			return "", observation{}, err
		}
		argv[i] = text
	}
	env, err := s.environment(r)
	if err != nil {
		return "", observation{}, err
	}
	cwd, err := s.expand(r.cwd)
	if err != nil {
		return "", observation{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = cwd, env, time.Second
	if r.fd != "" {
		name, err := s.expand(r.fd)
		if err != nil {
			return "", observation{}, err
		}
		file, err := os.Open(name)
		if err != nil {
			return "", observation{}, err
		}
		defer file.Close()
		cmd.ExtraFiles = make([]*os.File, inheritedFD-2)
		cmd.ExtraFiles[inheritedFD-3] = file
	}
	return finished(cmd)
}
