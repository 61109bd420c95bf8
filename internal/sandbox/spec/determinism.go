package spec

// Determinism holds still what differs from run to run and from machine to
// machine although the view is the same. It is for isolation `namespaces`.
// Whatever of it cannot be done on a host ends the run before it begins.
type Determinism struct {
	Clock  Clock
	Epoch  int64  // seconds since 1970, where Clock is ClockHeld
	Random bool   // the kernel's randomness is a stream that follows from Seed
	Seed   string // any text; two worlds with the same one get the same streams
	CPUs   int    // processors that a program can count; 0 means those of the host
	CPU    string // level that CPUID shows, such as "x86-64"; "host" shows the processor

	// Exempt are programs whose own clock and processors stay real, by their paths
	// inside the view: cargo, which compares times of files and starts as many jobs
	// as there are processors, and make. What they start is not exempt.
	Exempt []string
	// Flowing are path patterns (path.Match) of programs for which, and for
	// whose children, the clock starts at Epoch and goes on as the real one
	// does: tests and benchmarks.
	Flowing []string

	// Another says in what the machine is another one than every world has. Only a
	// build that is made to be compared asks for it (internal/verify).
	Another Another
}

// Another is a machine that is not the usual one. The zero value is the usual one.
type Another struct {
	Kernel    bool     // another release
	Memory    bool     // other memory, disk and number of processes
	Start     bool     // it was started at another time
	Addresses bool     // they are chance, as kernels have it
	Numbers   int      // of the first process; 0: as in every world
	Backwards []string // places whose directories are listed from the last name to the first, with all below them
}

// Clock says what the wall clock shows.
type Clock string

// Clocks.
const (
	ClockReal Clock = "real"
	// ClockHeld shows Epoch. It goes on by what a program sleeps, and a
	// little by being asked very often, so that loops that wait for it end. Clocks
	// that only measure (CLOCK_MONOTONIC) run.
	ClockHeld Clock = "held"
)
