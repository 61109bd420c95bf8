package system

import "strings"

// rule is a part of the file system that stays out of the layer although
// packages list files there.
type rule struct{ name, reason string }

// leftOutRules is the whole of what packages have and the layer has not, apart
// from files that only their owner may read (see plan.addListed) and
// derivedNames. A
// rule covers the name itself and all below it. Names are canonical: relative
// to the root, links resolved.
var leftOutRules = []rule{
	// Documentation and its indexes. Minimal images have it stripped, so it
	// would make two hosts with the same packages differ.
	{"usr/share/bug", "scripts for bug reports"},
	{"usr/share/doc", "documentation"},
	{"usr/share/doc-base", "index of documentation"},
	{"usr/share/groff", "typesetting of manual pages"},
	{"usr/share/gtk-doc/html", "documentation"},
	{"usr/share/help", "documentation"},
	{"usr/share/info", "documentation"},
	{"usr/share/linda", "exceptions of a package checker"},
	{"usr/share/licenses", "documentation"},
	{"usr/share/lintian", "exceptions of a package checker"},
	{"usr/share/man", "documentation"},
	// Translations. The world has one locale, C.UTF-8, which is in usr/lib.
	{"usr/share/i18n", "sources of locales"},
	{"usr/share/locale", "translated messages"},
	// For people at a desktop or a terminal.
	{"usr/share/appdata", "catalogue of desktop programs"},
	{"usr/share/applications", "desktop menus"},
	{"usr/share/bash-completion", "completion in interactive shells"},
	{"usr/share/fish", "completion in interactive shells"},
	{"usr/share/icons", "desktop images"},
	{"usr/share/menu", "desktop menus"},
	{"usr/share/metainfo", "catalogue of desktop programs"},
	{"usr/share/pixmaps", "desktop images"},
	{"usr/share/zsh", "completion in interactive shells"},
	// State and identity of the host. Some of these are in no package's list
	// today; they are here so that no package can bring them in.
	{"etc/fstab", "mounts of the host"},
	{"etc/group", "ours is constant"},
	{"etc/gshadow", "secrets of the host"},
	{"etc/hostname", "identity of the host"},
	{"etc/hosts", "ours is constant"},
	{"etc/ld.so.cache", "made again of the libraries of the layer"},
	{"etc/ld.so.preload", "changes every program"},
	{"etc/localtime", "time zone of the host"},
	{"etc/machine-id", "identity of the host"},
	{"etc/mtab", "mounts of the host"},
	{"etc/nsswitch.conf", "ours is constant"},
	{"etc/os-release", "identity of the host"},
	{"etc/passwd", "ours is constant"},
	{"etc/resolv.conf", "network of the host"},
	{"etc/shadow", "secrets of the host"},
	{"etc/timezone", "time zone of the host"},
}

// leftOut reports whether a canonical name stays out of the layer: outside of
// usr, bin, sbin, lib*, etc and opt everything does (var, boot, run, srv...),
// inside of them what the rules and derivedNames name.
func leftOut(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	switch {
	case top == "usr", top == "etc", top == "opt", isMergedName(top):
	default:
		return true
	}
	for _, r := range leftOutRules {
		if below(name, r.name) {
			return true
		}
	}
	return derived(name)
}

// isMergedName holds for the directories of the root that a host with merged
// /usr has as links: bin, sbin, lib, lib64, lib32...
func isMergedName(top string) bool {
	return top == "bin" || top == "sbin" || strings.HasPrefix(top, "lib")
}

// below reports whether name is dir or lies in it.
func below(name, dir string) bool {
	rest, ok := strings.CutPrefix(name, dir)
	return ok && (rest == "" || rest[0] == '/')
}
