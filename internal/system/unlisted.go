package system

import "path"

// unlistedRules is what scripts of packages leave in the places of a layer that
// no package lists, and that a layer is without: a layer has what packages list,
// remadeRules, and the links that addAlternative, addMerged and loaderIndex take.
// A test compares this table with what a new Debian really has, so that nothing
// stays out without a reason. Patterns are those of path.Match; one that matches
// a directory covers all in it.
var unlistedRules = []rule{
	// Made again when it is needed, or by whoever needs it.
	{"etc/ssl/certs/*", "certificates by hash, for programs that search a directory; the one file with all is remade"},
	{"etc/ca-certificates.conf", "choice of certificates by the administrator; a layer has all"},
	{"usr/share/mime/*", "types of files, taken out of usr/share/mime/packages, which desktop programs read"},
	{"usr/lib/locale/locale-archive", "locales that the administrator chose; C.UTF-8 is a package's"},
	{"usr/lib/*/gdk-pixbuf-2.0/*/loaders.cache", "index of plug-ins of desktop programs"},
	{"etc/fonts/conf.d/*", "preferences of desktop programs, by the answers of the administrator"},
	{"etc/xml", "catalogues of XML, which grow with each package"},
	{"etc/sgml", "catalogues of SGML, which grow with each package"},
	{"etc/python3/debian_config", "whether Python is compiled at installation"},
	{"etc/emacs", "start files of an editor"},
	{"usr/lib/udev/hwdb.bin", "index of devices"},
	// Of the host, its users and its services.
	{"etc/.pwd.lock", "lock of the list of users"},
	{"etc/apt", "where the host gets packages from"},
	{"etc/default", "settings of services"},
	{"etc/dpkg/origins/default", "name of the vendor"},
	{"etc/environment", "environment of sessions"},
	{"etc/inputrc", "keys of interactive shells"},
	{"etc/init.d", "services"},
	{"etc/locale.gen", "locales that the administrator chose"},
	{"etc/motd", "greeting"},
	{"etc/networks", "network of the host"},
	{"etc/pam.d", "how users log in"},
	{"etc/profile", "start of interactive shells"},
	{"etc/rc?.d", "services that start"},
	{"etc/security", "how users log in"},
	{"etc/shells", "list of shells"},
	{"etc/subgid", "identifiers of users"},
	{"etc/subuid", "identifiers of users"},
	{"etc/systemd", "services that start"},
	{"usr/local", "of the administrator"},
}

// unlisted returns why a name that no package lists is not in a layer; empty
// where no rule is known for it.
func unlisted(name string) string {
	for at := name; at != ""; at = parent(at) {
		for _, r := range unlistedRules {
			if ok, err := path.Match(r.name, at); ok && err == nil {
				return r.reason
			}
		}
	}
	return ""
}
