package seccomp

import (
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// compiled is the program of the policy.
func compiled(t testing.TB, rules []Rule) []unix.SockFilter {
	t.Helper()
	prog, err := Program(rules)
	if err == nil {
		err = check(prog)
	}
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// rubbish is what may stand in the high half of an argument: the kernel does
// not look at it where it takes 32 bits.
var rubbish = []uint64{0, 1 << 32, 0xdeadbeef << 32, 0xffffffff << 32}

// near returns a value and its neighbours: by one, by one bit, and its bits
// alone.
func near(v uint32) []uint32 {
	list := []uint32{0, 1, v, v + 1, v - 1, ^v, ^uint32(0), 1 << 31}
	for bit := range 32 {
		list = append(list, v^1<<bit, v&(1<<bit))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// arguments returns the argument lists at which a rule could change its mind.
func (r Rule) arguments() [][6]uint64 {
	list := [][6]uint64{{}, {^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}
	add := func(index int, value uint32) {
		for _, high := range rubbish {
			var args, others [6]uint64
			for i := range others {
				others[i] = ^uint64(0) // so that a look at another argument shows
			}
			args[index], others[index] = high|uint64(value), high|uint64(value)
			list = append(list, args, others)
		}
	}
	for _, c := range r.When {
		for _, v := range near(c.Value) {
			add(c.Arg, v)
		}
	}
	for _, allowed := range r.Allowed {
		for _, v := range near(allowed) {
			add(0, v)
		}
	}
	for family := range uint32(64) {
		add(0, family)
	}
	return list
}

// compare runs the program and the table on everything that is near a rule.
func compare(t *testing.T, rules []Rule) (calls int) {
	t.Helper()
	prog := compiled(t, rules)
	for _, r := range rules {
		arguments := r.arguments()
		for _, number := range []uint32{
			r.Call.Number, r.Call.Number - 1, r.Call.Number + 1,
			r.Call.Number | 1<<30, r.Call.Number | 1<<31, r.Call.Number | 3<<30, // x32, and what no call has
		} {
			for _, arch := range []uint32{
				auditArch,
				unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_X86_64, unix.AUDIT_ARCH_ARM, unix.AUDIT_ARCH_AARCH64,
				unix.AUDIT_ARCH_RISCV64, 0, ^uint32(0), auditArch + 1, auditArch &^ (1 << 31),
			} {
				list := arguments
				if arch != auditArch {
					list = list[:10] // all alike
				}
				for _, args := range list {
					d := data{number: number, arch: arch, pointer: 0x7fff12345678, args: args}
					if want, got := evaluate(rules, d), interpret(prog, d); got != want {
						t.Fatalf("%s, %+v: the program says %#x, the table %#x", r.Call.Name, d, got, want)
					}
					calls++
				}
			}
		}
	}
	return calls
}

func TestProgramIsTheTable(t *testing.T) {
	if calls := compare(t, Policy()); calls < 50_000 {
		t.Errorf("only %d calls were compared", calls)
	}
}

// Every call number of the architecture that no rule names is allowed, and the
// last one is followed by numbers that no kernel has.
func TestProgramAllowsTheRest(t *testing.T) {
	rules := Policy()
	prog := compiled(t, rules)
	named := map[uint32]bool{}
	for _, r := range rules {
		named[r.Call.Number] = true
	}
	allowed := 0
	for number := range uint32(1024) {
		if named[number] {
			continue
		}
		if got := interpret(prog, data{number: number, arch: auditArch}); got != unix.SECCOMP_RET_ALLOW {
			t.Errorf("call %d gets %#x", number, got)
		}
		allowed++
	}
	if allowed < 900 {
		t.Errorf("only %d calls are allowed", allowed)
	}
}

// A few answers spelled out, independent of the table.
func TestProgramAnswers(t *testing.T) {
	prog := compiled(t, Policy())
	refusal := func(e unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(e) }
	const allow = unix.SECCOMP_RET_ALLOW
	for name, c := range map[string]struct {
		number uint32
		args   [6]uint64
		want   uint32
	}{
		"read":                    {unix.SYS_READ, [6]uint64{}, allow},
		"execve":                  {unix.SYS_EXECVE, [6]uint64{}, allow},
		"socket unix":             {unix.SYS_SOCKET, [6]uint64{unix.AF_UNIX, unix.SOCK_STREAM}, allow},
		"socket inet6":            {unix.SYS_SOCKET, [6]uint64{unix.AF_INET6, unix.SOCK_STREAM}, allow},
		"socket netlink":          {unix.SYS_SOCKET, [6]uint64{unix.AF_NETLINK, unix.SOCK_RAW}, allow},
		"socket packet":           {unix.SYS_SOCKET, [6]uint64{unix.AF_PACKET, unix.SOCK_RAW}, refusal(unix.EAFNOSUPPORT)},
		"socket vsock":            {unix.SYS_SOCKET, [6]uint64{unix.AF_VSOCK}, refusal(unix.EAFNOSUPPORT)},
		"socket alg":              {unix.SYS_SOCKET, [6]uint64{unix.AF_ALG}, refusal(unix.EAFNOSUPPORT)},
		"socket alg, high bits":   {unix.SYS_SOCKET, [6]uint64{unix.AF_UNIX<<32 | unix.AF_ALG}, refusal(unix.EAFNOSUPPORT)},
		"socket none":             {unix.SYS_SOCKET, [6]uint64{}, refusal(unix.EAFNOSUPPORT)},
		"prlimit of files":        {unix.SYS_PRLIMIT64, [6]uint64{0, unix.RLIMIT_NOFILE, 1}, allow},
		"prlimit of cores":        {unix.SYS_PRLIMIT64, [6]uint64{0, unix.RLIMIT_CORE, 1}, refusal(unix.EPERM)},
		"prlimit, a high pointer": {unix.SYS_PRLIMIT64, [6]uint64{0, unix.RLIMIT_CORE, 1 << 32}, refusal(unix.EPERM)},
		"prlimit asks":            {unix.SYS_PRLIMIT64, [6]uint64{0, unix.RLIMIT_CORE, 0, 1}, allow},
		"setrlimit of cores":      {unix.SYS_SETRLIMIT, [6]uint64{unix.RLIMIT_CORE, 1}, refusal(unix.EPERM)},
		"ioctl TIOCSTI":           {unix.SYS_IOCTL, [6]uint64{0, unix.TIOCSTI}, refusal(unix.EPERM)},
		"ioctl TIOCSTI, high":     {unix.SYS_IOCTL, [6]uint64{0, 1<<32 | unix.TIOCSTI}, refusal(unix.EPERM)},
		"ioctl TIOCLINUX":         {unix.SYS_IOCTL, [6]uint64{0, 0x541c}, refusal(unix.EPERM)},
		"ioctl TIOCGWINSZ":        {unix.SYS_IOCTL, [6]uint64{unix.TIOCSTI, unix.TIOCGWINSZ}, allow},
		"clone of a thread":       {unix.SYS_CLONE, [6]uint64{unix.CLONE_VM | unix.CLONE_THREAD | unix.CLONE_SIGHAND}, allow},
		"clone of a namespace":    {unix.SYS_CLONE, [6]uint64{unix.CLONE_NEWUSER | uint64(unix.SIGCHLD)}, refusal(unix.EPERM)},
		"unshare files":           {unix.SYS_UNSHARE, [6]uint64{unix.CLONE_FILES}, allow},
		"unshare user":            {unix.SYS_UNSHARE, [6]uint64{unix.CLONE_NEWUSER | unix.CLONE_NEWNS}, refusal(unix.EPERM)},
		"clone3":                  {unix.SYS_CLONE3, [6]uint64{}, refusal(unix.ENOSYS)},
		"setns":                   {unix.SYS_SETNS, [6]uint64{}, refusal(unix.EPERM)},
		"fchmod 755":              {unix.SYS_FCHMOD, [6]uint64{0o6000, 0o755}, allow},
		"fchmod setuid":           {unix.SYS_FCHMOD, [6]uint64{3, 0o4755}, refusal(unix.EPERM)},
		"fchmodat setgid":         {unix.SYS_FCHMODAT, [6]uint64{3, 0, 0o2755}, refusal(unix.EPERM)},
		"fchmodat 755":            {unix.SYS_FCHMODAT, [6]uint64{0o6000, 0o6000, 0o755}, allow},
		"fchmodat2 both":          {unix.SYS_FCHMODAT2, [6]uint64{3, 0, 0o6755}, refusal(unix.EPERM)},
		"sticky is no set-id":     {unix.SYS_FCHMOD, [6]uint64{3, 0o1777}, allow},
		"io_uring_setup":          {unix.SYS_IO_URING_SETUP, [6]uint64{}, refusal(unix.ENOSYS)},
		"io_uring_enter":          {unix.SYS_IO_URING_ENTER, [6]uint64{}, refusal(unix.ENOSYS)},
		"keyctl":                  {unix.SYS_KEYCTL, [6]uint64{}, refusal(unix.ENOSYS)},
		"open_by_handle_at":       {unix.SYS_OPEN_BY_HANDLE_AT, [6]uint64{}, refusal(unix.EPERM)},
		"bpf":                     {unix.SYS_BPF, [6]uint64{}, refusal(unix.EPERM)},
		"mount":                   {unix.SYS_MOUNT, [6]uint64{}, refusal(unix.EPERM)},
		"settimeofday":            {unix.SYS_SETTIMEOFDAY, [6]uint64{}, refusal(unix.EPERM)},
		"the call after the last": {^uint32(0) >> 2, [6]uint64{}, allow},
	} {
		if got := interpret(prog, data{number: c.number, arch: auditArch, args: c.args}); got != c.want {
			t.Errorf("%s: %#x, want %#x", name, got, c.want)
		}
	}
}

// TestPolicy asserts what every rule must have, and that no rule is hidden by
// an earlier one.
func TestPolicy(t *testing.T) {
	names, numbers := map[string]bool{}, map[uint32]string{}
	for _, r := range Policy() {
		if r.Why == "" || r.Errno == 0 || r.Call.Name == "" {
			t.Errorf("%+v is not finished", r)
		}
		if len(r.Allowed) > 0 && len(r.When) > 0 {
			t.Errorf("%s: a rule has either allowed values or conditions", r.Call.Name)
		}
		for _, c := range r.When {
			if c.Arg < 0 || c.Arg > 5 || c.Op > Whole || c.Op == HasBits && c.Value == 0 {
				t.Errorf("%s: %+v is no condition", r.Call.Name, c)
			}
		}
		if names[r.Call.Name] || numbers[r.Call.Number] != "" {
			t.Errorf("%s (%d) has two rules, the other one as %s", r.Call.Name, r.Call.Number, numbers[r.Call.Number])
		}
		names[r.Call.Name], numbers[r.Call.Number] = true, r.Call.Name
	}
}

// Tables that nobody wrote compile to what they say.
func TestProgramOfRandomTables(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		rules := make([]Rule, 1+random.IntN(4))
		for i := range rules {
			r := &rules[i]
			r.Call = Call{"random", uint32(random.IntN(4))} // some twice
			r.Errno = Errno(1 + random.IntN(4095))
			r.Ask, r.All = random.IntN(4) == 0, random.IntN(3) == 0
			switch random.IntN(3) {
			case 0:
				for range 1 + random.IntN(5) {
					r.Allowed = append(r.Allowed, random.Uint32N(8))
				}
			case 1:
				for range 1 + random.IntN(5) {
					r.When = append(r.When, Condition{Arg: random.IntN(6), Op: Op(random.IntN(4)), Value: random.Uint32(), High: random.Uint32()})
				}
			}
		}
		compare(t, rules)
	}
}

func TestProgramBounds(t *testing.T) {
	long := Rule{Call: callSocket, Errno: EPERM, Allowed: make([]uint32, 252)}
	for i := range long.Allowed {
		long.Allowed[i] = uint32(3 * i)
	}
	compare(t, []Rule{long}) // the longest that fits
	long.Allowed = append(long.Allowed, 1)
	if _, err := Program([]Rule{long}); err == nil {
		t.Error("a rule that is too long for a short jump compiles")
	}
	many := make([]Rule, 3000)
	for i := range many {
		many[i] = Rule{Call: Call{"many", uint32(i)}, Errno: EPERM}
	}
	if _, err := Program(many); err == nil {
		t.Error("a program that is too long for the kernel compiles")
	}
	compare(t, nil)
	if got := interpret(compiled(t, nil), data{arch: auditArch}); got != unix.SECCOMP_RET_ALLOW {
		t.Errorf("no rules: %#x", got)
	}
}

func FuzzProgram(f *testing.F) {
	rules := Policy()
	prog := compiled(f, rules)
	for _, r := range rules {
		f.Add(r.Call.Number, uint32(auditArch), uint64(0), uint64(setIDBits), uint64(tiocsti), uint64(0), uint64(0), uint64(0), uint64(0))
	}
	f.Add(uint32(1<<30), uint32(auditArch), uint64(1), uint64(cloneNewUser), uint64(1)<<32, uint64(0), uint64(0), uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, number, arch uint32, pointer, a, b, c, d, e, g uint64) {
		in := data{number, arch, pointer, [6]uint64{a, b, c, d, e, g}}
		if want, got := evaluate(rules, in), interpret(prog, in); got != want {
			t.Errorf("%+v: the program says %#x, the table %#x", in, got, want)
		}
		in.arch = auditArch // or the fuzzer sees little else than the first test
		in.number %= 512
		if want, got := evaluate(rules, in), interpret(prog, in); got != want {
			t.Errorf("%+v: the program says %#x, the table %#x", in, got, want)
		}
	})
}
