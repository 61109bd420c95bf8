package audit

import "strings"

// known is what a place of every Linux host means for a build.
type known struct {
	place   string // the path, or with a slash at its end everything below it
	kind    Kind
	subject string
	effect  Effect
}

// ignored are places of the process itself, or that hold nothing.
var ignored = []string{
	"/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/console", "/dev/ptmx", "/dev/pts/", "/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr",
}

// knownPlaces are asked in order before the owner of a file is: what these say
// matters more than who installed them.
var knownPlaces = []known{
	{"/dev/urandom", Random, "random numbers", May},
	{"/dev/random", Random, "random numbers", May},
	{"/dev/hwrng", Random, "random numbers", May},
	{"/proc/sys/kernel/random/boot_id", Identity, "this boot of the machine", May},
	{"/proc/sys/kernel/random/", Random, "random numbers", May},

	{"/proc/uptime", Clock, "the clock", May},
	{"/proc/stat", Clock, "the clock", May},
	{"/proc/loadavg", Clock, "the clock", May},
	{"/dev/rtc", Clock, "the clock", May},
	{"/dev/rtc0", Clock, "the clock", May},
	{"/etc/localtime", Clock, "the time zone", May},
	{"/etc/timezone", Clock, "the time zone", May},
	{"/usr/share/zoneinfo/", Clock, "the time zone", May},

	// Read by the allocators of rustc and by glibc; CENSUS D14 measured no effect.
	{"/proc/sys/vm/overcommit_memory", Machine, "memory settings", Unlikely},
	{"/sys/kernel/mm/", Machine, "memory settings", Unlikely},
	{"/etc/malloc.conf", Machine, "memory settings", Unlikely},
	// How many jobs run at once; CENSUS I01 measured no effect on rustc.
	{"/sys/fs/cgroup/", Machine, "processors and limits", Unlikely},
	{"/proc/cpuinfo", Machine, "processors", May},
	{"/proc/meminfo", Machine, "memory", May},
	{"/sys/devices/system/", Machine, "processors", May},

	{"/proc/version", Identity, "the kernel", May},
	{"/proc/sys/kernel/", Identity, "the kernel", May},
	{"/proc/mounts", Identity, "mounted file systems", May},
	{"/etc/hostname", Identity, "the host's name", May},
	{"/etc/machine-id", Identity, "the machine's number", May},
	{"/var/lib/dbus/machine-id", Identity, "the machine's number", May},
	{"/etc/os-release", Identity, "the distribution", May},
	{"/usr/lib/os-release", Identity, "the distribution", May},
	{"/etc/debian_version", Identity, "the distribution", May},
	{"/etc/lsb-release", Identity, "the distribution", May},
	{"/etc/passwd", Identity, "users and groups", May},
	{"/etc/group", Identity, "users and groups", May},
	{"/etc/nsswitch.conf", Identity, "users and groups", Unlikely},
	{"/run/nscd/", Identity, "users and groups", Unlikely},
	{"/var/run/nscd/", Identity, "users and groups", Unlikely},

	{"/etc/resolv.conf", Network, "settings of the network", May},
	{"/etc/hosts", Network, "settings of the network", May},
	{"/etc/host.conf", Network, "settings of the network", May},
	{"/etc/gai.conf", Network, "settings of the network", May},
	{"/etc/services", Network, "settings of the network", Unlikely},
	{"/etc/protocols", Network, "settings of the network", Unlikely},
	{"/etc/ssl/", Network, "trusted certificates", May},
	{"/usr/lib/ssl/", Network, "trusted certificates", May},
	{"/usr/share/ca-certificates/", Network, "trusted certificates", May},

	{"/etc/ld.so.preload", Loader, "libraries loaded into every program", Chooses},
	{"/etc/ld.so.cache", Loader, "where libraries are", Enters},
	{"/etc/ld.so.conf", Loader, "where libraries are", Enters},
	{"/etc/ld.so.conf.d/", Loader, "where libraries are", Enters},

	{"/etc/locale.alias", Locale, "the locale", Unlikely},
	{"/usr/share/locale/", Locale, "the locale", Unlikely},
	{"/usr/lib/locale/", Locale, "the locale", Unlikely},
	{"/usr/share/i18n/", Locale, "the locale", Unlikely},

	{"/etc/gitconfig", Configuration, "git: /etc/gitconfig", May},
}

// lookUp finds a path in knownPlaces.
func lookUp(path string) (known, bool) {
	for _, k := range knownPlaces {
		if matches(k.place, path) {
			return k, true
		}
	}
	return known{}, false
}

// matches reports whether a place of the tables covers path. A directory that
// ends in a slash covers itself.
func matches(place, path string) bool {
	return path == place || strings.HasSuffix(place, "/") && strings.HasPrefix(path+"/", place)
}

// isIgnored reports whether a path says nothing about the host: a process's own
// part of /proc, and devices that hold nothing.
func isIgnored(path string) bool {
	for _, place := range ignored {
		if matches(place, path) {
			return true
		}
	}
	rest, ok := strings.CutPrefix(path, "/proc/")
	if !ok {
		return false
	}
	first, rest, _ := strings.Cut(rest, "/")
	own := first == "self" || first == "thread-self" || strings.Trim(first, "0123456789") == ""
	// What is mounted is the host's, and it names directories of the host.
	return own && !strings.HasPrefix(rest, "mount")
}
