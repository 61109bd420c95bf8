package attest

import (
	"fmt"
	"strings"
)

// Package URLs, by which other programs know packages:
// github.com/package-url/purl-spec. Qualifiers stand in the order of their keys.

// purl names a crate.
func (c Crate) purl() string {
	url := "pkg:cargo/" + percent(c.Name, "") + "@" + percent(c.Version, "")
	switch {
	case c.Git != "":
		return url + "?vcs_url=" + percent("git+"+c.Git+"@"+c.Commit, "/")
	case c.Registry != "":
		return url + "?repository_url=" + percent(c.Registry, "/")
	}
	return url
}

// purlTypes are the types of packages by the distribution that has them. A
// distribution that is not here has packages of type `generic`.
var purlTypes = map[string]string{
	"debian": "deb", "ubuntu": "deb", "linuxmint": "deb", "raspbian": "deb", "kali": "deb",
	"fedora": "rpm", "rhel": "rpm", "centos": "rpm", "rocky": "rpm", "almalinux": "rpm", "opensuse-leap": "rpm", "opensuse-tumbleweed": "rpm", "sles": "rpm", "amzn": "rpm", "ol": "rpm",
	"alpine": "apk", "wolfi": "apk", "chainguard": "apk",
	"arch": "alpm", "archarm": "alpm", "manjaro": "alpm",
}

// purl names a package of a system.
func (s System) purl(p Package) string {
	distribution, release, _ := strings.Cut(s.Source, " ")
	name, architecture, own := strings.Cut(p.Name, ":") // `libc6:i386`, of a foreign architecture
	if !own {
		architecture = s.Architecture
	}
	kind, known := purlTypes[distribution]
	namespace := percent(distribution, "") + "/"
	if !known {
		kind, namespace = "generic", ""
	}
	distro := distribution
	if release != "" {
		distro += "-" + release
	}
	return fmt.Sprintf("pkg:%s/%s%s@%s?arch=%s&distro=%s", kind, namespace,
		percent(name, ""), percent(p.Version, ""), percent(architecture, ""), percent(distro, ""))
}

// percent encodes what a purl has a meaning for, except the characters of also
// and the colon, which stays as it is everywhere.
func percent(s, also string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_~:"+also, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
