package determinism

import (
	"fmt"
	"strings"
)

// OS is the kernel's name, uname -s.
const OS = "Linux"

// Machine is what a world is told about the machine. Programs ask for it to choose
// how many threads to start and how much memory to use, and some write it down.
type Machine struct {
	Release   string // uname -r
	Version   string // uname -v, without a date
	Memory    uint64 // bytes of memory
	Free      uint64 // bytes of it that are free
	Disk      uint64 // bytes of each file system, of which half are free
	Processes int
	Uptime    uint64 // seconds since the start
	BootID    string // drawn at the start
}

// Usual is the machine of every world, an ordinary small one.
var Usual = Machine{
	Release: "6.1.0", Version: "#1 SMP PREEMPT_DYNAMIC", // which every libc of today supports
	Memory: 8 << 30, Free: 6 << 30, Disk: 1 << 40, Processes: 64,
	Uptime: 3600, BootID: "00000000-0000-4000-8000-000000000000",
}

// Other has nothing in common with Usual. It is for builds that are made to be
// compared.
var Other = Machine{
	Release: "5.10.0", Version: "#2 SMP",
	Memory: 24 << 30, Free: 5 << 30, Disk: 3 << 39, Processes: 333,
	Uptime: 700_000, BootID: "11111111-1111-4111-9111-111111111111",
}

// File is a constant file.
type File struct{ Path, Data string }

// Files are the files of /proc that describe the machine, for so many processors of
// an architecture. /proc of a world has only processes, so none of them is there
// otherwise.
func (m Machine) Files(architecture string, cpus int) []File {
	var info, stat strings.Builder
	const line = "cpu%s 360000 0 36000 360000 0 0 0 0 0 0\n"
	fmt.Fprintf(&stat, line, " ")
	for i := range cpus {
		info.WriteString(processor(architecture, i, cpus))
		fmt.Fprintf(&stat, line, fmt.Sprint(i))
	}
	fmt.Fprintf(&stat, "intr 0\nctxt 0\nbtime 0\nprocesses %d\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n", m.Processes)
	return []File{
		{"/proc/cpuinfo", info.String()},
		{"/proc/meminfo", m.memory()},
		{"/proc/stat", stat.String()},
		{"/proc/uptime", fmt.Sprintf("%d.00 %d.00\n", m.Uptime, m.Uptime*uint64(cpus))},
		{"/proc/loadavg", fmt.Sprintf("0.00 0.00 0.00 1/%d 1\n", m.Processes)},
		{"/proc/version", fmt.Sprintf("%s version %s (builder@localhost) (gcc, GNU ld) %s\n", OS, m.Release, m.Version)},
		// libselinux, which is in each mv and sed, takes the whole list of mounts for want of this.
		{"/proc/filesystems", "nodev\tproc\nnodev\ttmpfs\n\text4\n"},
		{"/proc/sys/kernel/ostype", OS + "\n"},
		{"/proc/sys/kernel/osrelease", m.Release + "\n"},
		{"/proc/sys/kernel/version", m.Version + "\n"},
		{"/proc/sys/kernel/hostname", "localhost\n"},
		{"/proc/sys/kernel/random/boot_id", m.BootID + "\n"},
		{"/proc/sys/kernel/random/entropy_avail", "256\n"},
		{"/proc/sys/kernel/random/poolsize", "256\n"},
	}
}

// processor is an entry of /proc/cpuinfo.
func processor(architecture string, n, cpus int) string {
	if architecture == "aarch64" {
		return fmt.Sprintf("processor\t: %d\nBogoMIPS\t: 100.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x00\nCPU architecture: 8\n\n", n)
	}
	return fmt.Sprintf("processor\t: %d\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 0\nmodel name\t: x86-64\nstepping\t: 0\n"+
		"cpu MHz\t\t: 2000.000\ncache size\t: 4096 KB\nphysical id\t: 0\nsiblings\t: %d\ncore id\t\t: %d\ncpu cores\t: %d\n"+
		"flags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx lm\nbogomips\t: 4000.00\nclflush size\t: 64\ncache_alignment\t: 64\n"+
		"address sizes\t: 46 bits physical, 48 bits virtual\n\n", n, cpus, n, cpus)
}

func (m Machine) memory() string {
	var b strings.Builder
	for _, f := range []struct {
		name  string
		bytes uint64
	}{{"MemTotal", m.Memory}, {"MemFree", m.Free}, {"MemAvailable", m.Free}, {"Buffers", 0}, {"Cached", 0}, {"SwapCached", 0}, {"SwapTotal", 0}, {"SwapFree", 0}} {
		fmt.Fprintf(&b, "%-16s%8d kB\n", f.name+":", f.bytes>>10)
	}
	return b.String()
}

// SystemFiles are the files of /sys that describe the processors.
func SystemFiles(cpus int) []File {
	online := "0\n"
	if cpus > 1 {
		online = fmt.Sprintf("0-%d\n", cpus-1)
	}
	const dir = "/sys/devices/system/cpu/"
	files := []File{{dir + "online", online}, {dir + "possible", online}, {dir + "present", online}}
	for i := range cpus {
		core := fmt.Sprintf("%scpu%d/topology/", dir, i)
		files = append(files, File{core + "core_id", fmt.Sprintf("%d\n", i)}, File{core + "physical_package_id", "0\n"})
	}
	return files
}
