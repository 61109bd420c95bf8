//go:build !windows

package roots_test

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// comparison is the outcome for one tree.
type comparison struct {
	*oracle
	*tree
	top     string // of the full copy
	model   *model
	differ  []string            // what ours and the oracle do not agree in
	counted map[string][]string // outcomes worth a number, with what they are about
}

func (c *comparison) disagree(format string, args ...any) {
	c.differ = append(c.differ, fmt.Sprintf(format, args...))
}

func (c *comparison) count(what, about string) { c.counted[what] = append(c.counted[what], about) }

// The copies of a tree have names of one length: nothing may depend on it, and
// if something does it is the same.
const (
	fullCopy = "full" // everything: what ours runs in
	bareCopy = "bare" // what is below the bound of manifests: what the oracle runs in
	confCopy = "conf" // the same for configuration, where that has another bound
)

// compare writes a tree into dir and asks both about it. Deep asks the slow
// questions too.
func (o *oracle) compare(t *tree, dir string, deep bool) (*comparison, error) {
	c := &comparison{oracle: o, tree: t, top: filepath.Join(dir, fullCopy), counted: map[string][]string{}}
	start := t.cwd
	if t.manifest != "" {
		start = path.Dir(t.manifest)
	}
	bare, conf := filepath.Join(dir, bareCopy), filepath.Join(dir, bareCopy)
	keep, keepConfig := t.bound(start, true), t.bound(t.cwd, false)
	if err := errors.Join(t.write(c.top, ""), t.write(bare, keep)); err != nil {
		return c, err
	}
	if keepConfig != keep {
		conf = filepath.Join(dir, confCopy)
		if err := t.write(conf, keepConfig); err != nil {
			return c, err
		}
	}
	c.model = ask(t, c.top)
	if len(c.model.stray) > 0 {
		c.disagree("looked at what is above the root: %q", c.model.stray)
	}
	if (c.model.explainErr == nil) != (c.model.findErr == nil) {
		c.disagree("Find and Explain: %v and %v", c.model.findErr, c.model.explainErr)
	}
	questions := []func() error{
		func() error { return c.configuration(conf, deep) },
		func() error { return c.pin(conf) },
		func() error { return c.checkout(bare, start) },
		func() error { return c.firstManifest(bare) },
		func() error { return c.workspace(bare, keep, deep) },
	}
	if deep {
		questions = slices.Insert(questions, 0, func() error { return c.moved(bare) })
	}
	if keep != keepConfig || c.model.configureErr != nil || c.model.refused || deep {
		// Without its configuration cargo says nothing of workspaces; and if it has
		// one, arguments for the compiler that no compiler takes.
		questions = slices.Insert(questions, len(questions)-2, func() error { return t.withoutConfiguration(bare) })
	}
	for _, question := range questions {
		if err := question(); err != nil {
			return c, err
		}
	}
	return c, nil
}

// same compares two paths, ours in the full copy and theirs in another.
func (c *comparison) same(what, ours, top, theirs string) {
	if ours, theirs = relativeTo(c.top, ours), relativeTo(top, theirs); ours != theirs {
		c.disagree("%s: ours %q, theirs %q", what, ours, theirs)
	}
}

// relativeTo cuts the copy's directory off a path; what is not in it stays.
func relativeTo(top, path string) string {
	rel, err := filepath.Rel(top, path)
	if path == "" || err != nil || !filepath.IsLocal(rel) {
		return path
	}
	return filepath.ToSlash(rel)
}

func (c *comparison) home(top string) string { return filepath.Join(top, c.tree.home) }

// noConfiguration is how cargo says that it cannot read its configuration, which
// every command of it needs.
const noConfiguration = "could not load Cargo configuration"

func (c *comparison) configuration(top string, deep bool) error {
	dir := filepath.Join(top, c.cwd)
	theirs, a, err := c.oracle.configuration(dir, c.home(top))
	if err != nil {
		return err
	}
	ours := c.model.configureErr
	switch {
	case diag.ExitCode(ours) == diag.ExitPolicy:
		c.count("configuration: left out", "ours refuses a link out of the root")
		return nil
	case a.ok && ours != nil && strings.Contains(ours.Error(), "includes itself"):
		c.count("configuration: left out", "a cycle that cargo ends where the path is too long")
		return nil
	case c.model.refused:
		c.count("configuration: left out", "ours refuses to include what is outside the root")
		return nil
	case a.ok != (ours == nil):
		c.disagree("configuration: ours %v, theirs %v\n%s", ours, a.ok, a.errors)
		return nil
	case !a.ok:
		c.count("configuration: both fail", inLine.ReplaceAllString(lastLine(a.errors), "..."))
		return nil
	}
	here := func(text string) string { return strings.ReplaceAll(text, c.top+"/", top+"/") }
	if diff := cmp.Diff(theirs, rewritten(numbered(c.model.configured.Merged.Plain()), here)); diff != "" {
		c.disagree("configuration (-theirs +ours):\n%s", diff)
	}
	c.count("configuration: equal", "")
	if !deep {
		return nil
	}
	a, err = c.oracle.origins(dir, c.home(top))
	if err != nil {
		return err
	}
	if diff := cmp.Diff(cleaned(a.out), strings.Split(here(c.model.origins()), "\n")); diff != "" {
		c.disagree("origins (-theirs +ours):\n%s", diff)
	}
	c.count("origins: equal", "")
	return nil
}

// rewritten changes the texts in a plain configuration.
func rewritten(plain any, change func(string) string) any {
	switch p := plain.(type) {
	case map[string]any:
		for key, value := range p {
			p[key] = rewritten(value, change)
		}
	case []any:
		for i, value := range p {
			p[i] = rewritten(value, change)
		}
	case string:
		return change(p)
	}
	return plain
}

// cleaned are the lines of what cargo prints with origins: without what it says
// of the environment, and with clean paths.
func cleaned(out string) []string {
	out, _, _ = strings.Cut(out, "# The following environment variables")
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		if value, origin, ok := strings.Cut(line, " # "); ok {
			lines[i] = value + " # " + filepath.Clean(origin)
		}
	}
	return lines
}

func (c *comparison) firstManifest(top string) error {
	if c.manifest != "" {
		return nil
	}
	theirs, a, err := c.locate(filepath.Join(top, c.cwd), c.home(top))
	if err != nil {
		return err
	}
	if strings.Contains(a.errors, noConfiguration) {
		c.disagree("first manifest: %s", a.errors)
		return nil
	}
	c.same("first manifest", c.model.found.Manifest, top, theirs)
	c.count("first manifest: equal", "")
	return nil
}

func (c *comparison) workspace(top, keep string, deep bool) error {
	dir, manifest := filepath.Join(top, c.cwd), ""
	if c.manifest != "" {
		manifest = filepath.Join(top, c.manifest)
		if !isIn(keep, c.cwd) {
			dir = filepath.Join(top, keep)
		}
	}
	theirs, a, err := c.oracle.workspace(dir, c.home(top), manifest, false)
	if err != nil {
		return err
	}
	ours := c.model.err()
	if a.ok && ours != nil {
		// Only of the whole graph, which ours reads, may cargo have more to say; then
		// it asks the compiler, with the arguments of the configuration.
		if err := c.withoutConfiguration(top); err != nil {
			return err
		}
		if theirs, a, err = c.oracle.workspace(dir, c.home(top), manifest, true); err != nil {
			return err
		}
	}
	why := c.unmodelled(a, top, keep)
	switch {
	case diag.ExitCode(ours) == diag.ExitPolicy:
		c.count("workspace: left out", "ours refuses a link out of the root")
	case !a.ok && ours != nil:
		kind, theirs := kindOfOurs(ours), kindOfTheirs(a)
		if kind == theirs {
			c.count("workspace: both fail", kind)
		} else if why != "" {
			c.count("workspace: both fail, cargo for a reason that is not modelled", why)
		} else {
			c.disagree("workspace: they fail for different reasons: ours %v, theirs\n%s", ours, a.errors)
		}
	case a.ok && ours != nil:
		c.disagree("workspace: only ours fails: %v", ours)
	case why != "":
		c.count("workspace: left out", why)
	case !a.ok:
		c.disagree("workspace: only theirs fails:\n%s", a.errors)
	default:
		c.same("workspace root", c.model.found.Workspace, top, theirs.WorkspaceRoot)
		c.members(theirs, top)
		if deep {
			return c.graph(dir, manifest, top, keep)
		}
	}
	return nil
}

// members compares the members of a workspace, as sets.
func (c *comparison) members(theirs metadata, top string) {
	var want, got []string
	for _, p := range theirs.Packages {
		if slices.Contains(theirs.WorkspaceMembers, p.ID) {
			want = append(want, relativeTo(top, p.ManifestPath))
		}
	}
	for _, member := range c.model.packages.Members {
		got = append(got, relativeTo(c.top, member))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		c.disagree("members (-theirs +ours):\n%s", diff)
	}
	c.count("workspace: equal", fmt.Sprintf("members: %d", min(len(want), 5)))
}

// graph compares what cargo reads beyond the workspace: everything that it names
// must have been read by ours.
func (c *comparison) graph(dir, manifest, top, keep string) error {
	theirs, a, err := c.oracle.workspace(dir, c.home(top), manifest, true)
	if err != nil {
		return err
	}
	if !a.ok { // ours reads more than cargo needs before it fails
		why := c.unmodelled(a, top, keep)
		if why == "" {
			c.disagree("graph: only theirs fails:\n%s", a.errors)
		}
		c.count("graph: left out", why)
		return nil
	}
	read := c.model.packages.Paths()
	for _, p := range theirs.Packages {
		path := filepath.Join(c.top, relativeTo(top, p.ManifestPath))
		if _, ok := slices.BinarySearch(read, path); !ok {
			c.disagree("cargo reads %s, ours only %q", relativeTo(top, p.ManifestPath), read)
		}
	}
	c.count("graph: equal", "")
	return nil
}

// badPin is a toolchain file that counts, and that rustup refuses.
var badPin = regexp.MustCompile("override file:? '([^']+)'")

func (c *comparison) pin(top string) error {
	if !c.has("rust-toolchain") {
		return nil
	}
	theirs, a, err := c.oracle.pin(filepath.Join(top, c.cwd), c.home(top))
	if err != nil {
		return err
	}
	if failed := badPin.FindStringSubmatch(a.errors); failed != nil { // poison, which a start outside the root may find
		theirs = failed[1]
	} else if !a.ok {
		c.disagree("toolchain file: rustup fails:\n%s", a.errors)
		return nil
	}
	c.same("toolchain file", c.model.pin, top, theirs)
	c.count("toolchain file: equal", map[bool]string{true: "none", false: "some"}[theirs == ""])
	return nil
}

func (c *comparison) checkout(top, start string) error {
	if c.git == "" || c.model.found.Manifest == "" || !c.has(".git") {
		return nil
	}
	dir := filepath.Dir(c.model.found.Manifest)
	theirs, a, err := c.oracle.checkout(filepath.Join(top, relativeTo(c.top, dir)), c.home(top))
	if err != nil {
		return err
	}
	if strings.Contains(a.errors, "not a git repository: ") { // a `.git` file, and the repository is above the root
		c.count("version control: left out", "the repository is outside the root")
		return nil
	}
	c.same("version control", c.model.checkout, top, theirs)
	c.count("version control: equal", map[bool]string{true: "none", false: "some"}[theirs == ""])
	return nil
}

// has reports whether the tree below its root has an entry whose path holds a
// name.
func (c *comparison) has(name string) bool {
	for at := range c.entries {
		if isIn(c.root, at) && strings.Contains(at, "/"+name) {
			return true
		}
	}
	return false
}

// moved notes whether plain cargo in the full tree finds something else than in
// the bare one. If it never does the poison is none and the test proves nothing.
func (c *comparison) moved(bare string) error {
	var said [2]string
	for i, top := range []string{c.top, bare} {
		dir := filepath.Join(top, c.cwd)
		config, a, err := c.oracle.configuration(dir, c.home(top))
		if err != nil {
			return err
		}
		m, b, err := c.oracle.workspace(dir, c.home(top), "", false)
		if err != nil {
			return err
		}
		said[i] = strings.ReplaceAll(fmt.Sprint(config, a.ok, m, b.ok), top, "")
	}
	if said[0] != said[1] {
		c.count("plain cargo is moved by what is above the root", "")
	}
	return nil
}

// inLine is what differs in errors of one kind.
var inLine = regexp.MustCompile("`[^`]*`|/[^ ]*")

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
