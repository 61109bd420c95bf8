package rpmdb

import "strconv"

// Tags of a header (rpm's include/rpm/rpmtag.h).
const (
	tagName           = 1000
	tagVersion        = 1001
	tagRelease        = 1002
	tagEpoch          = 1003
	tagArch           = 1022
	tagOldFilenames   = 1027 // of packages built before rpm 4, in 1999
	tagFileStates     = 1029
	tagFileModes      = 1030
	tagFileFlags      = 1037
	tagProvideName    = 1047
	tagRequireFlags   = 1048
	tagRequireName    = 1049
	tagDirIndexes     = 1116
	tagBasenames      = 1117
	tagDirNames       = 1118
	stateInstalled    = 0
	senseMissingOK    = 1 << 19
	senseRpmlib       = 1 << 24
	senseKeyring      = 1 << 26
	sensePretrans     = 1 << 7
	sensePosttrans    = 1 << 5
	sensePreuntrans   = 1 << 20
	sensePostuntrans  = 1 << 21
	senseScriptPre    = 1 << 9
	senseScriptPost   = 1 << 10
	senseScriptPreun  = 1 << 11
	senseScriptPostun = 1 << 12
)

// senseTransient are needs of rpm itself, or of scripts that ran when the
// package was installed: what they name may be gone by now.
const senseTransient = senseMissingOK | senseRpmlib | senseKeyring |
	sensePretrans | sensePosttrans | sensePreuntrans | sensePostuntrans |
	senseScriptPre | senseScriptPost | senseScriptPreun | senseScriptPostun

// FileFlags are what a package says of a file (RPMFILE_...).
type FileFlags uint32

// The flags that a reader of files has a use for.
const (
	Config    FileFlags = 1 << 0
	Doc       FileFlags = 1 << 1
	MissingOK FileFlags = 1 << 3
	Ghost     FileFlags = 1 << 6 // made on the host; the package has only the name
	License   FileFlags = 1 << 7
	Readme    FileFlags = 1 << 8
)

// Package is one installed package.
type Package struct {
	Name, Version string   // the version as in `1:2.3-4.fc40`
	Architecture  string   // empty for keys, which rpm keeps among packages
	Provides      []string // names without versions; the package's own is one of them
	Requires      []string // names, paths or boolean expressions; what only scripts of the installation needed is not here

	files files
}

// files are the parallel arrays of a header.
type files struct {
	directories, names           []string
	directory, modes, flags, own []uint32
}

// File is one file of a package that rpm installed.
type File struct {
	Name  string // absolute, as the package has it
	Flags FileFlags
	Dir   bool
}

func parsePackage(text string) (*Package, error) {
	h, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	p := &Package{}
	var release string
	for _, f := range []struct {
		tag  uint32
		into *string
	}{{tagName, &p.Name}, {tagVersion, &p.Version}, {tagRelease, &release}, {tagArch, &p.Architecture}} {
		if *f.into, err = h.text(f.tag); err != nil {
			return nil, err
		}
	}
	if p.Name == "" || p.Version == "" || release == "" {
		return nil, damaged("a package has no name, version or release")
	}
	p.Version += "-" + release
	epoch, err := h.numbers(tagEpoch, typeInt32)
	if err != nil {
		return nil, err
	}
	if len(epoch) > 0 {
		p.Version = strconv.FormatUint(uint64(epoch[0]), 10) + ":" + p.Version
	}
	if p.Provides, err = h.strings(tagProvideName); err != nil {
		return nil, err
	}
	if err := p.readRequires(h); err != nil {
		return nil, err
	}
	return p, p.readFiles(h)
}

func (p *Package) readRequires(h *header) error {
	names, err := h.strings(tagRequireName)
	if err != nil {
		return err
	}
	flags, err := h.numbers(tagRequireFlags, typeInt32)
	if err != nil {
		return err
	}
	if len(flags) != len(names) {
		return damaged("`%s` has %d requirements and %d flags of them", p.Name, len(names), len(flags))
	}
	for i, name := range names {
		if flags[i]&senseTransient == 0 {
			p.Requires = append(p.Requires, name)
		}
	}
	return nil
}

func (p *Package) readFiles(h *header) error {
	if _, old := h.entries[tagOldFilenames]; old {
		return damaged("`%s` lists its files as packages did before rpm 4", p.Name)
	}
	f := &p.files
	var err error
	for _, array := range []struct {
		tag  uint32
		into *[]string
	}{{tagDirNames, &f.directories}, {tagBasenames, &f.names}} {
		if *array.into, err = h.strings(array.tag); err != nil {
			return err
		}
	}
	for _, array := range []struct {
		tag, kind uint32
		into      *[]uint32
	}{{tagDirIndexes, typeInt32, &f.directory}, {tagFileModes, typeInt16, &f.modes},
		{tagFileFlags, typeInt32, &f.flags}, {tagFileStates, typeChar, &f.own}} {
		if *array.into, err = h.numbers(array.tag, array.kind); err != nil {
			return err
		}
		if len(*array.into) != len(f.names) {
			return damaged("`%s` has %d files and %d values of tag %d", p.Name, len(f.names), len(*array.into), array.tag)
		}
	}
	for _, i := range f.directory {
		if uint64(i) >= uint64(len(f.directories)) {
			return damaged("`%s` has a file in directory number %d of %d", p.Name, i, len(f.directories))
		}
	}
	return nil
}

// Files lists what rpm installed of the package. What was not installed by
// choice (documentation, languages), gave way to another package, or is of
// another architecture is not there, by rpm's own record.
func (p *Package) Files() []File { return p.FilesNamed("") }

// FilesNamed lists the files with this last component; the empty one means all.
func (p *Package) FilesNamed(base string) []File {
	const typeMask, directory = 0o170000, 0o040000 // S_IFMT, S_IFDIR
	var all []File
	for i, name := range p.files.names {
		if base != "" && name != base || p.files.own[i] != stateInstalled {
			continue
		}
		all = append(all, File{
			Name:  p.files.directories[p.files.directory[i]] + name,
			Flags: FileFlags(p.files.flags[i]),
			Dir:   p.files.modes[i]&typeMask == directory,
		})
	}
	return all
}
