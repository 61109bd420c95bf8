package system

// archOf returns a package's architecture for dependencies, in which packages
// for all architectures count as native.
func (db *dpkg) archOf(p *installed) string {
	if p.Architecture == allArchitectures {
		return db.arch
	}
	return p.Architecture
}

// satisfying returns the installed packages that satisfy r for a dependent of
// architecture from: the one real package of that name, or else all packages
// that provide it. All, because a choice among providers would be ours, not
// the host's: the link of an alternative (awk) may lead to any of them.
func (db *dpkg) satisfying(r relation, from string) []*installed {
	// With several architectures of one package, the dependent's comes first,
	// then the native one, then the order of the status file.
	for _, arch := range []string{from, db.arch, ""} {
		for _, p := range db.byName[r.name] {
			if (arch == "" || db.archOf(p) == arch) && db.archSatisfies(p, r.arch, from) {
				return []*installed{p}
			}
		}
	}
	var all []*installed
	for _, p := range db.providers[r.name] {
		if db.archSatisfies(p, r.arch, from) {
			all = append(all, p)
		}
	}
	return all
}

// archSatisfies applies the Multi-Arch rules (deb-control(5), "Multi-Arch") to
// a relation with a qualifier on behalf of architecture from.
func (db *dpkg) archSatisfies(p *installed, qualifier, from string) bool {
	arch := db.archOf(p)
	switch qualifier {
	case "":
		return arch == from || p.multiArch == "foreign"
	case "any":
		return arch == from || p.multiArch == "foreign" || p.multiArch == "allowed"
	case "native":
		return arch == db.arch
	}
	return arch == qualifier
}
