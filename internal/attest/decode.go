package attest

import (
	"strconv"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// decode takes a build out of a scanned statement. It decides nothing: what it
// misses or misunderstands is not there when the build is written again.
func decode(v any) *Build {
	definition := at(v, "predicate", "buildDefinition")
	external, internal := at(definition, "externalParameters"), at(definition, "internalParameters")
	builder := at(v, "predicate", "runDetails", "builder")
	b := &Build{
		Command:   textList(at(external, "command")),
		Dir:       text(at(external, "directory")),
		Isolation: text(at(external, "isolation")),
		Flags:     textList(at(external, "flags")),
		Policy:    parsed(at(external, "policy")),
		Held: Held{
			Clock: text(at(internal, "held", "clock")), Epoch: number(at(internal, "held", "epoch")),
			Random: text(at(internal, "held", "random")),
			CPU:    text(at(internal, "held", "cpu")), CPUs: int(number(at(internal, "held", "cpus"))),
		},
		World: World{Format: int(number(at(internal, "world", "format"))), Digest: parsed(at(internal, "world", "digest"))},
		Tool:  Tool{Version: text(at(builder, "version", programName))},
	}
	for _, e := range list(at(external, "environment")) {
		b.Env = append(b.Env, Variable{text(at(e, "name")), text(at(e, "value"))})
	}
	for _, e := range list(at(builder, "builderDependencies")) {
		b.Tool.Digest = sized(e)
	}
	for _, e := range list(at(v, "subject")) {
		b.Outputs = append(b.Outputs, Output{
			Name: text(at(e, "name")), SHA256: text(at(e, "digest", "sha256")), Embedded: truth(at(e, "annotations", "embedded")),
		})
	}
	for _, e := range list(at(definition, "resolvedDependencies")) {
		b.take(e)
	}
	return b
}

// take adds one resolved dependency.
func (b *Build) take(e any) {
	name, notes := text(at(e, "name")), at(e, "annotations")
	switch uri := text(at(e, "uri")); {
	case strings.HasPrefix(uri, "pkg:cargo/"):
		b.Crates = append(b.Crates, Crate{
			Name: name, Version: text(at(notes, "version")), Registry: text(at(notes, "registry")),
			Checksum: text(at(e, "digest", "sha256")),
			Git:      text(at(notes, "git")), Commit: text(at(e, "digest", "gitCommit")),
		})
	case strings.HasPrefix(uri, "pkg:"):
		b.System.Packages = append(b.System.Packages, Package{name, text(at(notes, "version"))})
	case name == nameDownload:
		b.Downloads = append(b.Downloads, Download{uri, text(at(e, "digest", "sha256"))})
	case name == nameRoot:
		b.Root = sized(e)
	case name == nameCommit:
		b.Git = &Git{Remote: uri, Commit: text(at(e, "digest", "gitCommit")), Path: text(at(notes, "path")), Clean: truth(at(notes, "clean"))}
	case name == nameToolchain:
		b.Toolchain = Toolchain{
			Channel: text(at(notes, "channel")), Release: text(at(notes, "release")), Commit: text(at(notes, "commit")),
			Host: text(at(notes, "host")), Components: textList(at(notes, "components")), Layer: sized(e),
		}
	case name == nameSystem:
		b.System.Image, b.System.Source = text(at(notes, "image")), text(at(notes, "source"))
		b.System.Architecture, b.System.Requested = text(at(notes, "architecture")), textList(at(notes, "requested"))
		b.System.Layer = sized(e)
	case name == nameVendored:
		b.Vendored = sized(e)
	}
}

// parsed is a digest in the form of digest.Digest, zero if it is none.
func parsed(v any) digest.Digest {
	d, err := digest.Parse(text(v))
	if err != nil {
		return digest.Digest{}
	}
	return d
}

// sized is the digest of a descriptor whose size is an annotation.
func sized(e any) digest.Digest {
	size := number(at(e, "annotations", "size"))
	if size < 0 || !isHex(text(at(e, "digest", "sha256")), 64) {
		return digest.Digest{}
	}
	d, err := digest.Parse(digestText(text(at(e, "digest", "sha256")), size))
	if err != nil {
		return digest.Digest{}
	}
	return d
}

func digestText(hash string, size int64) string {
	return "sha256:" + hash + "/" + strconv.FormatInt(size, 10)
}
