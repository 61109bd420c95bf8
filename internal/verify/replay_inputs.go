package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
)

// inputs are what acted on the outputs, one by one and then all together. Of lists
// that are long it has the first thing that differs, by name.
func inputs(there, here *attest.Build) []Checked {
	return slices.Concat([]Checked{
		{"root", there.Root.String(), here.Root.String()},
		{"policy", there.Policy.String(), here.Policy.String()},
		{"toolchain", toolchainText(there), toolchainText(here)},
		{"system", systemText(there), systemText(here)},
		{"crates", there.Vendored.String(), here.Vendored.String()},
	},
		first(sides("package ", packagesOf(there), packagesOf(here))),
		first(sides("crate ", cratesOf(there), cratesOf(here))),
		sides("download ", downloadsOf(there), downloadsOf(here)),
		[]Checked{
			{"isolation", there.Isolation, here.Isolation},
			{"environment", fmt.Sprint(there.Env), fmt.Sprint(here.Env)},
			{"command", strings.Join(there.Command, " "), strings.Join(here.Command, " ")},
			{"world", there.World.Digest.String(), here.World.Digest.String()},
		})
}

func toolchainText(b *attest.Build) string {
	return fmt.Sprintf("Rust %s for %s, %s", b.Toolchain.Release, b.Toolchain.Host, b.Toolchain.Layer)
}

func systemText(b *attest.Build) string {
	return fmt.Sprintf("%s, %s", b.System.Source, b.System.Layer)
}

// named are things by their names. There may be several of one name: versions of a
// crate, for instance.
type named map[string]string

func (n named) add(name, value string) {
	if before, there := n[name]; there {
		value = before + ", " + value
	}
	n[name] = value
}

func packagesOf(b *attest.Build) named {
	n := named{}
	for _, p := range b.System.Packages {
		n.add(p.Name, p.Version)
	}
	return n
}

func cratesOf(b *attest.Build) named {
	n := named{}
	for _, c := range b.Crates {
		from := c.Registry + c.Git
		if from != "" {
			from = " of " + from
		}
		n.add(c.Name, c.Version+from+" "+c.Checksum+c.Commit)
	}
	return n
}

func downloadsOf(b *attest.Build) named {
	n := named{}
	for _, d := range b.Downloads {
		n.add(d.URL, d.SHA256)
	}
	return n
}

// sides puts what has one name side by side; what one side does not have is empty.
func sides(what string, there, here named) []Checked {
	all := maps.Clone(there)
	maps.Copy(all, here)
	var list []Checked
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, Checked{what + name, there[name], here[name]})
	}
	return list
}

// first is the first of a list that differs, if one does.
func first(list []Checked) []Checked {
	if i := slices.IndexFunc(list, Checked.differs); i >= 0 {
		return list[i : i+1]
	}
	return nil
}

// outputs compares them by name; what only the attestation has is empty here.
func outputs(there, here *attest.Build) []Checked {
	is := named{}
	for _, o := range here.Outputs {
		is.add(o.Name, o.SHA256)
	}
	list := make([]Checked, 0, len(there.Outputs))
	for _, o := range there.Outputs {
		list = append(list, Checked{o.Name, o.SHA256, is[o.Name]})
	}
	return list
}

// mostEdited is how many files of a root are named.
const mostEdited = 12

// editedFiles names the files that make a root another one. The attestation has one
// digest for all of them, but the commit that it names has each of them, if the root
// was as committed; a repository that holds the commit knows. note says why nothing is
// named.
func editedFiles(ctx context.Context, h *build.Host, b *attest.Build, from, root string) (list []Checked, note []string) {
	const unknown = "which files of the root differ is not known: "
	if b.Git == nil || !b.Git.Clean {
		return nil, []string{unknown + "the attestation names no commit that has them as they were"}
	}
	edited, err := build.EditedSince(ctx, h, from, b.Git.Commit, b.Git.Path, root, mostEdited)
	if err != nil {
		return nil, []string{unknown + "commit " + b.Git.Commit + " cannot be asked: " + err.Error()}
	}
	for _, e := range edited {
		list = append(list, Checked{"file " + e.Name, e.Committed, e.Here})
	}
	if len(edited) == mostEdited {
		note = append(note, fmt.Sprintf("more than %d files of the root may differ", mostEdited))
	}
	return list, note
}
