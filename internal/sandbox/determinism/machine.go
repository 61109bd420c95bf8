package determinism

import (
	"fmt"
	"strings"
)

// What a world is told about the machine. The values are those of an ordinary
// small machine; programs ask for them to choose how many threads to start and
// how much memory to use, and some write them down.
const (
	Release   = "6.1.0"                  // uname -r: a release that every libc of today supports
	Version   = "#1 SMP PREEMPT_DYNAMIC" // uname -v: without a date
	OS        = "Linux"                  // uname -s
	Memory    = 8 << 30                  // bytes of memory
	Free      = 6 << 30                  // bytes of it that are free
	Uptime    = 3600                     // seconds since the start
	Processes = 64                       // number of processes
	BootID    = "00000000-0000-4000-8000-000000000000"
)

// File is a constant file.
type File struct{ Path, Data string }

// Files are the files of /proc that describe the machine, for so many processors.
// /proc of a world has only processes, so none of them is there otherwise.
func Files(machine string, cpus int) []File {
	var info, stat strings.Builder
	const line = "cpu%s 360000 0 36000 360000 0 0 0 0 0 0\n"
	fmt.Fprintf(&stat, line, " ")
	for i := range cpus {
		info.WriteString(processor(machine, i, cpus))
		fmt.Fprintf(&stat, line, fmt.Sprint(i))
	}
	fmt.Fprintf(&stat, "intr 0\nctxt 0\nbtime 0\nprocesses %d\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n", Processes)
	return []File{
		{"/proc/cpuinfo", info.String()},
		{"/proc/meminfo", memory()},
		{"/proc/stat", stat.String()},
		{"/proc/uptime", fmt.Sprintf("%d.00 %d.00\n", Uptime, Uptime*cpus)},
		{"/proc/loadavg", fmt.Sprintf("0.00 0.00 0.00 1/%d 1\n", Processes)},
		{"/proc/version", fmt.Sprintf("%s version %s (builder@localhost) (gcc, GNU ld) %s\n", OS, Release, Version)},
		{"/proc/sys/kernel/ostype", OS + "\n"},
		{"/proc/sys/kernel/osrelease", Release + "\n"},
		{"/proc/sys/kernel/version", Version + "\n"},
		{"/proc/sys/kernel/hostname", "localhost\n"},
		{"/proc/sys/kernel/random/boot_id", BootID + "\n"},
		{"/proc/sys/kernel/random/entropy_avail", "256\n"},
		{"/proc/sys/kernel/random/poolsize", "256\n"},
	}
}

// processor is an entry of /proc/cpuinfo.
func processor(machine string, n, cpus int) string {
	if machine == "aarch64" {
		return fmt.Sprintf("processor\t: %d\nBogoMIPS\t: 100.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x00\nCPU architecture: 8\n\n", n)
	}
	return fmt.Sprintf("processor\t: %d\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 0\nmodel name\t: x86-64\nstepping\t: 0\n"+
		"cpu MHz\t\t: 2000.000\ncache size\t: 4096 KB\nphysical id\t: 0\nsiblings\t: %d\ncore id\t\t: %d\ncpu cores\t: %d\n"+
		"flags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx lm\nbogomips\t: 4000.00\nclflush size\t: 64\ncache_alignment\t: 64\n"+
		"address sizes\t: 46 bits physical, 48 bits virtual\n\n", n, cpus, n, cpus)
}

func memory() string {
	var b strings.Builder
	for _, f := range []struct {
		name  string
		bytes int64
	}{{"MemTotal", Memory}, {"MemFree", Free}, {"MemAvailable", Free}, {"Buffers", 0}, {"Cached", 0}, {"SwapCached", 0}, {"SwapTotal", 0}, {"SwapFree", 0}} {
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
