package audit

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// reader is a family of variables that programs of every build read by
// themselves, without declaring it. CENSUS 1.C to 1.F has the sources.
type reader struct {
	roles  []observation.Role
	names  []string // a `*` at the end stands for any end
	effect Effect
}

var readers = []reader{
	{[]observation.Role{observation.Cargo}, []string{"CARGO_TERM_*", "CARGO_NET_*", "CARGO_HTTP_*", "CARGO_CACHE_*", "CARGO_LOG*", "CARGO_BUILD_JOBS", "CARGO_FUTURE_INCOMPAT_REPORT_*"}, Unlikely},
	{[]observation.Role{observation.Cargo}, []string{
		"CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "CARGO_BUILD_*", "CARGO_TARGET_*", "CARGO_PROFILE_*", "CARGO_UNSTABLE_*", "CARGO_INCREMENTAL",
		"CARGO_SOURCE_*", "CARGO_REGISTRIES_*", "CARGO_REGISTRY_*", "CARGO_RESOLVER_*", "CARGO_HOST_*", "CARGO_ALIAS_*", "CARGO_HOME",
		"RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOC", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "RUSTC_BOOTSTRAP", "__CARGO_*",
	}, Chooses},
	{[]observation.Role{observation.Cargo}, []string{"PATH"}, Chooses},
	{[]observation.Role{observation.Cargo}, []string{"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "GLIBC_TUNABLES"}, Chooses},
	{[]observation.Role{observation.Rustc}, []string{"RUSTC_OVERRIDE_VERSION_STRING", "RUSTC_FORCE_RUSTC_VERSION", "LLVM_OVERRIDE_PRODUCER", "RUST_TARGET_PATH"}, Chooses},
	{[]observation.Role{observation.Rustc}, []string{"RUST_MIN_STACK", "RUST_BACKTRACE", "RUSTC_LOG*", "MALLOC_CONF"}, Unlikely},
	{[]observation.Role{observation.CCompiler, observation.Linker}, []string{"COMPILER_PATH", "LIBRARY_PATH", "LPATH", "GCC_EXEC_PREFIX", "LD_RUN_PATH", "LLD_VERSION"}, Enters},
	{[]observation.Role{observation.CCompiler}, []string{"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "SOURCE_DATE_EPOCH"}, Enters},
}

// environment returns what a process had, by the hash of each value.
func (a *analysis) environment(id int) map[string]string {
	var chain []*observation.Process
	for p := range a.record.Ancestors(id) {
		chain = append(chain, p)
	}
	env := map[string]string{}
	for _, p := range slices.Backward(chain) {
		for _, name := range p.Unset {
			delete(env, name)
		}
		for _, v := range p.Env {
			env[v.Name] = v.Hash
		}
	}
	return env
}

// variables collects the variables of the caller that were read.
func (a *analysis) variables() {
	if len(a.record.Processes) == 0 {
		return
	}
	first := &a.record.Processes[0]
	caller := map[string]string{}
	for _, v := range first.Env {
		caller[v.Name] = v.Hash
	}
	a.declared(caller)
	for _, r := range readers {
		p := a.firstOf(r.roles)
		if p == nil {
			continue
		}
		if slices.Contains(r.roles, observation.Cargo) {
			p = first // rustup's proxy, if there is one, which adds to PATH for cargo
		}
		env := a.environment(p.ID)
		for name, hash := range caller {
			// Only the first family that names a variable counts.
			if env[name] != hash || readerOf(name) == nil || !slices.Equal(readerOf(name).names, r.names) {
				continue
			}
			a.add(finding{Variable, name, r.effect}, userOf(p), Proof{
				What: "reads", Path: name, Hash: hash, Process: p.ID, PID: p.PID, Program: p.Exe, Note: "in its environment, and known to be read",
			})
		}
	}
}

// readerOf returns the first family that has a variable, or nil.
func readerOf(name string) *reader {
	for i := range readers {
		for _, pattern := range readers[i].names {
			family, any := strings.CutSuffix(pattern, "*")
			if name == pattern || any && strings.HasPrefix(name, family) {
				return &readers[i]
			}
		}
	}
	return nil
}

// firstOf returns the first process in one of the roles, or nil.
func (a *analysis) firstOf(roles []observation.Role) *observation.Process {
	for i := range a.record.Processes {
		if slices.Contains(roles, a.record.Processes[i].Role) {
			return &a.record.Processes[i]
		}
	}
	return nil
}

// declared collects the variables that build scripts and the compiler say they
// read. One that the caller has not, or that cargo gave another value for this
// process, says nothing about the host; but that it was asked for does.
func (a *analysis) declared(caller map[string]string) {
	scripts, compilers := a.scripts(), a.compilers()
	for _, d := range a.Declared {
		p, what := compilers[d.Unit], "`env!` or `option_env!`"
		if d.OutDirHash != "" {
			p, what = scripts[d.OutDirHash], "`rerun-if-env-changed`"
		}
		env, by := caller, d.user()
		proof := Proof{What: "reads", Path: d.Name, Note: what + ", in " + d.File}
		if p != nil {
			env, by = a.environment(p.ID), userOf(p)
			proof.Process, proof.PID, proof.Program = p.ID, p.PID, p.Exe
		}
		hash, ambient := caller[d.Name]
		switch {
		case ambient && env[d.Name] == hash:
			proof.Hash = hash
			a.add(finding{Variable, d.Name, Enters}, by, proof)
		case !ambient && env[d.Name] == "":
			proof.Absent = true
			a.add(finding{Search, "variables that are not set", Unlikely}, by, proof)
		}
	}
}

// user names who declared a variable by the file alone, for a record that was cut
// off before that process.
func (d Declared) user() user {
	if d.OutDirHash != "" {
		return user{crateOf(path.Base(path.Dir(filepath.ToSlash(d.File)))), "", string(observation.BuildScript)}
	}
	return user{crateOf(d.Unit), "", string(observation.Rustc)}
}

// crateOf is the name in `<name>-<hash>`.
func crateOf(unit string) string {
	if i := strings.LastIndexByte(unit, '-'); i > 0 {
		return unit[:i]
	}
	return unit
}

// scripts are the runs of build scripts, by the hash of their OUT_DIR.
func (a *analysis) scripts() map[string]*observation.Process {
	runs := map[string]*observation.Process{}
	for i := range a.record.Processes {
		p := &a.record.Processes[i]
		if p.Role != observation.BuildScript {
			continue
		}
		if hash := a.environment(p.ID)["OUT_DIR"]; runs[hash] == nil && hash != "" {
			runs[hash] = p // the script itself comes before what it starts
		}
	}
	return runs
}
