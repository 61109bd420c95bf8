package attest

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func bill(t *testing.T, b *Build) []byte {
	t.Helper()
	data, err := b.SBOM("app", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSBOM(t *testing.T) {
	golden(t, "bom.json", bill(t, sample()))
	shuffled := sample()
	rand.Shuffle(len(shuffled.Crates), func(i, j int) { shuffled.Crates[i], shuffled.Crates[j] = shuffled.Crates[j], shuffled.Crates[i] })
	if diff := cmp.Diff(string(bill(t, sample())), string(bill(t, shuffled))); diff != "" {
		t.Error(diff)
	}
}

// TestSerial shows that the serial number is of the content: the same for the
// same, another for any other.
func TestSerial(t *testing.T) {
	number := func(b *Build, version string) string {
		data, err := b.SBOM("app", version)
		if err != nil {
			t.Fatal(err)
		}
		var v struct{ SerialNumber string }
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		return v.SerialNumber
	}
	changed := sample()
	changed.Crates[1].Version = "1.0.99"
	numbers := map[string]bool{}
	for _, n := range []string{number(sample(), "1"), number(sample(), "1"), number(sample(), "2"), number(changed, "1"), number(least(), "")} {
		if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(n) {
			t.Errorf("%s is no UUID of version 8", n)
		}
		numbers[n] = true
	}
	if len(numbers) != 4 {
		t.Errorf("%d numbers for 4 contents", len(numbers))
	}
}

// TestReferences asks that every reference of a bill is there once.
func TestReferences(t *testing.T) {
	var v struct {
		Metadata struct {
			Component struct {
				Ref        string `json:"bom-ref"`
				Components []struct {
					Ref string `json:"bom-ref"`
				}
			}
		}
		Components []struct {
			Ref string `json:"bom-ref"`
		}
	}
	if err := json.Unmarshal(bill(t, filed()), &v); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{v.Metadata.Component.Ref: 1}
	for _, c := range append(v.Components, v.Metadata.Component.Components...) {
		seen[c.Ref]++
	}
	if len(seen) != 1+3+3+2+3+2 {
		t.Errorf("%d references: %v", len(seen), seen)
	}
	for ref, n := range seen {
		if n != 1 {
			t.Errorf("%s is there %d times", ref, n)
		}
	}
}

func TestSBOMRefused(t *testing.T) {
	b := sample()
	b.Crates[0].Name = ""
	for name, c := range map[string]struct {
		b             *Build
		name, version string
	}{"crate": {b, "app", "1"}, "no name": {sample(), "", "1"}, "name": {sample(), "a\nb", "1"}, "version": {sample(), "app", "\x1b"}} {
		if data, err := c.b.SBOM(c.name, c.version); err == nil {
			t.Errorf("%s: %s", name, data)
		}
	}
}

func TestPURL(t *testing.T) {
	for want, c := range map[string]struct {
		source string
		p      Package
	}{
		"pkg:rpm/fedora/gcc@14.2.1-3.fc41?arch=x&distro=fedora-41":   {"fedora 41", Package{"gcc", "14.2.1-3.fc41"}},
		"pkg:apk/alpine/g%2B%2B@14.2.0-r4?arch=x&distro=alpine-3.21": {"alpine 3.21", Package{"g++", "14.2.0-r4"}},
		"pkg:alpm/arch/gcc@1:2-1?arch=x&distro=arch":                 {"arch", Package{"gcc", "1:2-1"}},
		"pkg:generic/gcc@1?arch=x&distro=plan9-4":                    {"plan9 4", Package{"gcc", "1"}},
		"pkg:deb/debian/a%25%40b@1%2F2?arch=all&distro=debian-12":    {"debian 12", Package{"a%@b:all", "1/2"}},
	} {
		if diff := cmp.Diff(want, (System{Source: c.source, Architecture: "x"}).purl(c.p)); diff != "" {
			t.Error(diff)
		}
	}
}
