package attest

import "github.com/cargo-hermetic/cargo-hermetic/internal/digest"

// Names of the resolved dependencies that are not packages.
const (
	nameRoot      = "root"
	nameCommit    = "commit"
	nameToolchain = "toolchain"
	nameSystem    = "system"
	nameVendored  = "crates"
	nameDownload  = "download"
)

// dependencies lists every input with its digest, as in-toto resource
// descriptors: first the trees, then the crates, the downloads and the system packages.
func (b *Build) dependencies() []any {
	all := []any{tree(nameRoot, b.Root, object{})}
	if g := b.Git; g != nil {
		commit := object{
			"name": nameCommit, "digest": object{"gitCommit": g.Commit},
			"annotations": object{"clean": g.Clean, "path": g.Path},
		}
		if g.Remote != "" {
			commit["uri"] = g.Remote
		}
		all = append(all, commit)
	}
	t, s := b.Toolchain, b.System
	all = append(all, tree(nameToolchain, t.Layer, object{
		"channel": t.Channel, "release": t.Release, "commit": t.Commit, "host": t.Host, "components": texts(t.Components),
	}))
	system := object{"source": s.Source, "architecture": s.Architecture, "requested": texts(s.Requested)}
	if s.Image != "" {
		system["image"] = s.Image
	}
	all = append(all, tree(nameSystem, s.Layer, system))
	if !b.Vendored.IsZero() {
		all = append(all, tree(nameVendored, b.Vendored, object{}))
	}
	for _, c := range b.Crates {
		all = append(all, c.descriptor())
	}
	for _, d := range b.Downloads {
		all = append(all, object{"name": nameDownload, "uri": d.URL, "digest": object{"sha256": d.SHA256}})
	}
	for _, p := range s.Packages {
		all = append(all, object{"name": p.Name, "uri": s.purl(p), "annotations": object{"version": p.Version}})
	}
	return all
}

// tree describes a tree of files by the digest of its Directory message, which
// is the SHA-256 of that message and so of a blob of the said media type.
func tree(name string, d digest.Digest, annotations object) object {
	annotations["size"] = d.Size()
	return object{"name": name, "mediaType": treeMediaType, "digest": object{"sha256": d.Hex()}, "annotations": annotations}
}

func (c Crate) descriptor() object {
	d := object{"name": c.Name, "uri": c.purl()}
	annotations := object{"version": c.Version}
	if c.Git != "" {
		annotations["git"] = c.Git
		d["digest"] = object{"gitCommit": c.Commit}
	} else {
		d["digest"] = object{"sha256": c.Checksum}
	}
	if c.Registry != "" {
		annotations["registry"] = c.Registry
	}
	d["annotations"] = annotations
	return d
}
