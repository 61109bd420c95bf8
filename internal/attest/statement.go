package attest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Statement returns the canonical bytes of the statement about the build. It is
// an error if the build has no outputs, or is none that could have run.
func (b *Build) Statement() ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, diag.Wrap(err, "describing the build")
	}
	if len(b.Outputs) == 0 {
		return nil, diag.New(diag.ExitFailed, "the build wrote nothing that could be attested")
	}
	data := b.normal().encode()
	if _, err := ParseStatement(data); err != nil {
		return nil, diag.New(diag.ExitFailed, "nobody could read the statement about this build").Because(err)
	}
	return data, nil
}

// Recipe names everything that acted on the outputs, and not the outputs, so
// that it can be embedded in them: the digest of the canonical predicate.
func (b *Build) Recipe() (digest.Digest, error) {
	if err := b.check(); err != nil {
		return digest.Digest{}, diag.Wrap(err, "describing the build")
	}
	return digest.Of(canonical(b.normal().predicate())), nil
}

// encode writes a build that is checked and normal.
func (b *Build) encode() []byte {
	return canonical(object{
		"_type":         statementType,
		"predicateType": provenanceType,
		"predicate":     b.predicate(),
		"subject": array(b.Outputs, func(o Output) any {
			subject := object{"name": o.Name, "digest": object{"sha256": o.SHA256}}
			if o.Embedded {
				subject["annotations"] = object{"embedded": true}
			}
			return subject
		}),
	})
}

// predicate is the SLSA provenance: slsa.dev/spec/v1.0/provenance. What the user
// may choose is external, what follows from this program is internal.
func (b *Build) predicate() object {
	builder := object{"id": BuilderID, "version": object{programName: b.Tool.Version}}
	if d := b.Tool.Digest; !d.IsZero() {
		builder["builderDependencies"] = []any{object{
			"name": programName, "digest": object{"sha256": d.Hex()}, "annotations": object{"size": d.Size()},
		}}
	}
	return object{
		"buildDefinition": object{
			"buildType": b.buildType(),
			"externalParameters": object{
				"command":   texts(b.Command),
				"directory": b.Dir,
				"environment": array(b.Env, func(v Variable) any {
					return object{"name": v.Name, "value": v.Value}
				}),
				"flags":     texts(b.Flags),
				"isolation": b.Isolation,
				"policy":    b.Policy.String(),
			},
			"internalParameters": object{
				"held": object{
					"clock": b.Held.Clock, "epoch": b.Held.Epoch, "random": b.Held.Random,
					"cpu": b.Held.CPU, "cpus": int64(b.Held.CPUs),
				},
				"world": object{"format": int64(b.World.Format), "digest": b.World.Digest.String()},
			},
			"resolvedDependencies": b.dependencies(),
		},
		"runDetails": object{"builder": builder},
	}
}

// buildType is the one that has a place for all of the build. What can be said in
// the older one is said in it, so that everybody who reads that one can.
func (b *Build) buildType() string {
	if len(b.Downloads) > 0 {
		return BuildTypeFiles
	}
	return BuildType
}

// ParseStatement reads what Statement wrote. Everything else is refused, also
// what says the same in other bytes: a field that this version does not know may
// have acted on the build.
func ParseStatement(data []byte) (*Build, error) {
	v, err := scan(data, MaxStatement)
	if err != nil {
		return nil, err
	}
	for _, known := range []struct {
		what string
		want []string
		got  any
	}{
		{"_type", []string{statementType}, at(v, "_type")},
		{"predicateType", []string{provenanceType}, at(v, "predicateType")},
		{"buildType", []string{BuildType, BuildTypeFiles}, at(v, "predicate", "buildDefinition", "buildType")},
		{"builder", []string{BuilderID}, at(v, "predicate", "runDetails", "builder", "id")},
	} {
		if !slices.Contains(known.want, text(known.got)) {
			return nil, refuse(ErrUnknown, "its `%s` is %.200q, and only `%s` is known", known.what, text(known.got), strings.Join(known.want, "` or `"))
		}
	}
	b := decode(v)
	if err := b.check(); err != nil {
		return nil, refuse(ErrForm, "it describes what cannot be: %v", err)
	}
	if len(b.Outputs) == 0 {
		return nil, refuse(ErrForm, "it names no output")
	}
	if again := b.normal().encode(); !bytes.Equal(again, data) {
		return nil, refuse(ErrForm, "it is not what this version writes, from byte %d on", differsAt(again, data))
	}
	return b, nil
}

// differsAt is where two texts begin to differ.
func differsAt(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
