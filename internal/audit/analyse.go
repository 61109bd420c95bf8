package audit

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// maxProofs bounds the proofs of one crate for one channel; more are counted.
const maxProofs = 100

// channelKey tells channels apart.
type channelKey struct {
	kind    Kind
	subject string
}

// user is who used a channel: one crate, in one role.
type user struct{ crate, version, role string }

// userOf is the user that a process worked for; without a package, cargo itself.
// The first process is cargo, even if its program is rustup's proxy.
func userOf(p *observation.Process) user {
	if p.Parent == 0 {
		return user{"cargo", "", string(observation.Cargo)}
	}
	if p.Unit.Package == "" {
		return user{"cargo", "", string(p.Role)}
	}
	return user{p.Unit.Package, p.Unit.Version, string(p.Role)}
}

// gathering is a channel that is being collected.
type gathering struct {
	Channel
	users map[user]*Use
}

// analysis is one call of Analyse.
type analysis struct {
	*Facts
	record   *observation.Record
	macros   map[int][]string // procedural macros, by process
	channels map[channelKey]*gathering
}

// Analyse makes a report of a record. It reads nothing else.
func Analyse(r *observation.Record, f Facts) Report {
	f.sysroots = sysrootsOf(r)
	a := &analysis{Facts: &f, record: r, macros: macrosOf(r), channels: map[channelKey]*gathering{}}
	a.accesses()
	a.variables()
	a.bytes()
	report := Report{
		Version: f.Version, Root: f.Places.Root, Command: f.Command, ExitCode: f.ExitCode,
		Whole: !r.Cut && r.Summary.Dropped == 0, Missing: missingPart(r), Unseen: Unseen, Channels: []Channel{},
	}
	for _, g := range a.channels {
		for _, u := range g.users {
			g.Uses = append(g.Uses, *u)
		}
		slices.SortFunc(g.Uses, func(a, b Use) int {
			return cmp.Or(cmp.Compare(a.Crate, b.Crate), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Role, b.Role))
		})
		g.Settle = a.settle(&g.Channel)
		report.Channels = append(report.Channels, g.Channel)
	}
	slices.SortFunc(report.Channels, compareChannels)
	report.Policy = a.policyText(report.Channels)
	return report
}

// missingPart says what is not in a record.
func missingPart(r *observation.Record) string {
	switch {
	case r.Cut:
		return "the record ends before the build did"
	case r.Summary.Dropped > 0:
		return "there were more accesses than a record holds"
	}
	return ""
}

// macrosOf names the procedural macros that each process loaded.
func macrosOf(r *observation.Record) map[int][]string {
	macros := map[int][]string{}
	for _, a := range r.Accesses {
		if a.Op != observation.Load {
			continue
		}
		// lib<name>-<hash>.so, as cargo names them.
		name := strings.TrimPrefix(strings.TrimSuffix(path.Base(a.Path), ".so"), "lib")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		// What rustc makes of a macro's own crate it opens, too.
		own := r.Process(a.Process).Unit.Crate == name
		if !own && !slices.Contains(macros[a.Process], name) {
			macros[a.Process] = append(macros[a.Process], name)
		}
	}
	return macros
}

// verbs are the words for operations in proofs.
var verbs = map[observation.Op]string{
	observation.Look: "looked at", observation.Open: "opened", observation.Write: "wrote", observation.List: "listed",
	observation.Execute: "ran", observation.Load: "loaded", observation.Connect: "connected to", observation.Socket: "asked for a socket",
	observation.Trace: "traced",
}

// accesses collects what the record proves.
func (a *analysis) accesses() {
	own := ownFiles(a.record, a.Places)
	found := a.programsFound()
	loading := loadingPhase(a.record)
	for i := range a.record.Accesses {
		access := &a.record.Accesses[i]
		local := strings.HasPrefix(access.Path, "/") && access.Op != observation.Connect
		if local && (a.Places.inside(access.Path) && access.Op != observation.Write || within(a.Places.Target, access.Path) || own.before(i, access.Path)) {
			continue
		}
		p := a.record.Process(access.Process)
		c, ok := a.classify(access, p)
		if !ok || c.kind == Executable && access.Outcome == observation.Absent && found[keyOf(p, access.Path)] {
			continue
		}
		if c.kind == Library && i < loading[p.ID] && !isSharedByLinking(access.Path) {
			c.kind, c.effect = Loaded, May
		}
		proof := Proof{
			What: verbs[access.Op], Path: access.Path, Asked: access.Asked,
			Absent: access.Outcome == observation.Absent && access.Op != observation.Write, Refused: access.Outcome == observation.Refused,
			Process: p.ID, PID: p.PID, Program: p.Exe,
		}
		if access.Op == observation.Open || access.Op == observation.Execute {
			proof.Hash = a.Hashes[access.Path]
		}
		switch {
		case proof.Absent:
			proof.What = "looked for"
		case access.Op == observation.Open && a.Directories[access.Path]:
			proof.What = "opened the directory"
		}
		a.add(c, userOf(p), proof)
	}
}

// programKey is a program that a crate wanted to run, by its name.
type programKey struct{ crate, version, name string }

func keyOf(p *observation.Process, program string) programKey {
	return programKey{p.Unit.Package, p.Unit.Version, path.Base(program)}
}

// programsFound are those that were found in some directory: the directories
// before it, in which they are not, say nothing.
func (a *analysis) programsFound() map[programKey]bool {
	found := map[programKey]bool{}
	for _, access := range a.record.Accesses {
		if access.Op == observation.Execute && access.Outcome == observation.Found {
			p := a.record.Process(access.Process)
			found[keyOf(p, access.Path)] = true
			if access.Asked != "" {
				found[keyOf(p, access.Asked)] = true
			}
		}
	}
	for i := range a.record.Processes { // a program may call itself otherwise than its file
		if p := &a.record.Processes[i]; len(p.Argv) > 0 {
			found[keyOf(p, p.Argv[0])] = true
		}
	}
	return found
}

// add puts a proof into its channel.
func (a *analysis) add(c finding, by user, proof Proof) {
	key := channelKey{c.kind, c.subject}
	g := a.channels[key]
	if g == nil {
		g = &gathering{Channel: Channel{Kind: c.kind, Subject: c.subject, Effect: c.effect}, users: map[user]*Use{}}
		a.channels[key] = g
	}
	if c.effect.rank() < g.Effect.rank() {
		g.Effect = c.effect
	}
	u := g.users[by]
	if u == nil {
		u = &Use{Crate: by.crate, Version: by.version, Role: by.role, Proofs: []Proof{}}
		g.users[by] = u
	}
	for _, name := range a.macros[proof.Process] {
		if !slices.Contains(u.Macros, name) {
			u.Macros = append(u.Macros, name)
		}
	}
	same := func(other Proof) bool {
		return other.Path == proof.Path && other.What == proof.What && other.Note == proof.Note && other.Asked == proof.Asked
	}
	// That something was looked at says less than that it was opened.
	if i := slices.IndexFunc(u.Proofs, func(other Proof) bool {
		return other.Path == proof.Path && other.What == verbs[observation.Look] && proof.What != other.What && !proof.Absent
	}); i >= 0 {
		u.Proofs = slices.Delete(u.Proofs, i, i+1)
	}
	switch {
	case slices.ContainsFunc(u.Proofs, same): // by another process of the same crate
	case len(u.Proofs) >= maxProofs:
		u.More++
	default:
		u.Proofs = append(u.Proofs, proof)
	}
}

// bytes collects the paths that were found in the output.
func (a *analysis) bytes() {
	compilers := a.compilers()
	for _, b := range a.Bytes {
		proof := Proof{What: "has in its bytes", Path: b.File, Note: occurrences(b)}
		by := user{crateOf(b.Unit), "", string(observation.Rustc)}
		if p := compilers[b.Unit]; p != nil {
			by = userOf(p)
			proof.Process, proof.PID, proof.Program = p.ID, p.PID, p.Exe
		}
		a.add(finding{Embedded, b.Place, Enters}, by, proof)
	}
}

// compilers are the processes that compiled, by `<crate name>-<hash>`, which
// cargo gives to each.
func (a *analysis) compilers() map[string]*observation.Process {
	units := map[string]*observation.Process{}
	for i := range a.record.Processes {
		p := &a.record.Processes[i]
		if p.Role != observation.Rustc && p.Role != observation.Rustdoc {
			continue
		}
		name, extra := "", ""
		for i, arg := range p.Argv {
			if arg == "--crate-name" && i+1 < len(p.Argv) {
				name = p.Argv[i+1]
			}
			if value, ok := strings.CutPrefix(arg, "extra-filename="); ok {
				extra = value
			}
		}
		if name != "" {
			units[name+extra] = p
		}
	}
	return units
}
