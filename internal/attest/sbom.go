package attest

import (
	"crypto/sha256"
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// SBOM returns a CycloneDX 1.6 bill of materials of the build, in canonical JSON
// and one line feed. It has no time, and its serial number is made of its
// content, so that the same build has the same file.
//
// It lists what Cargo.lock, the toolchain and the system hold, which is what the
// build could use. It has no graph of dependencies, because a Build has none.
func (b *Build) SBOM(name, version string) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, diag.Wrap(err, "describing the build")
	}
	c := &checker{}
	c.line("the name of the project", name)
	c.say(printable(version), "the version of the project is %.100q, not a line of text", version)
	if c.err != nil {
		return nil, diag.Wrap(c.err, "describing the project")
	}
	bom := b.normal().bom(name, version)
	bom["serialNumber"] = serial(canonical(bom))
	return append(canonical(bom), '\n'), nil
}

func (b *Build) bom(name, version string) object {
	subject := object{"type": "application", "bom-ref": "root", "name": name,
		"properties": []any{
			property("root", b.Root.String()), property("world", b.World.Digest.String()),
		}}
	if version != "" {
		subject["version"] = version
	}
	if len(b.Outputs) > 0 {
		subject["components"] = array(b.Outputs, func(o Output) any {
			return object{"type": "file", "bom-ref": "output:" + o.Name, "name": o.Name, "hashes": sha256s(o.SHA256)}
		})
	}
	if b.Git != nil && b.Git.Remote != "" {
		subject["externalReferences"] = []any{object{"type": "vcs", "url": percent(b.Git.Remote, "/?#[]@!$&'()*+,;=%"), "comment": b.Git.Commit}}
	}
	tool := object{"type": "application", "name": programName, "version": b.Tool.Version}
	if d := b.Tool.Digest; !d.IsZero() {
		tool["hashes"] = sha256s(d.Hex())
	}
	return object{
		"$schema":     cyclonedxSchema,
		"bomFormat":   "CycloneDX",
		"specVersion": "1.6",
		"version":     int64(1),
		"metadata": object{
			"component":  subject,
			"tools":      object{"components": []any{tool}},
			"lifecycles": []any{object{"phase": "build"}},
		},
		"components": b.components(),
	}
}

// components are the crates, the downloads, the toolchain, and the system with its packages.
// Layers have no `hashes`: a scanner would take one for that of an archive.
func (b *Build) components() []any {
	t, s := b.Toolchain, b.System
	all := array(b.Crates, func(c Crate) any {
		o := object{"type": "library", "bom-ref": c.purl(), "name": c.Name, "version": c.Version, "purl": c.purl()}
		if c.Checksum != "" {
			o["hashes"] = sha256s(c.Checksum)
		}
		return o
	})
	for _, d := range b.Downloads {
		all = append(all, object{"type": "file", "bom-ref": nameDownload + ":" + d.SHA256 + ":" + d.URL, "name": d.URL, "hashes": sha256s(d.SHA256)})
	}
	all = append(all,
		object{"type": "application", "bom-ref": nameToolchain, "name": "rust", "version": t.Release, "scope": "excluded",
			"properties": []any{property("commit", t.Commit), property("host", t.Host), property("layer", t.Layer.String())}},
		object{"type": "operating-system", "bom-ref": nameSystem, "name": s.Source, "scope": "excluded",
			"properties": []any{property("layer", s.Layer.String())}})
	for _, p := range s.Packages {
		all = append(all, object{"type": "library", "bom-ref": s.purl(p), "name": p.Name, "version": p.Version, "purl": s.purl(p)})
	}
	return all
}

func property(name, value string) object {
	return object{"name": programName + ":" + name, "value": value}
}

func sha256s(hex string) []any { return []any{object{"alg": "SHA-256", "content": hex}} }

// serial makes the UUID of a bill from its other content: version 8 of RFC 9562,
// whose bits are ours.
func serial(content []byte) string {
	u := sha256.Sum256(content)
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}
