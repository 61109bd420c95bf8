package landlock

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// Error numbers of refusals (include/uapi/asm-generic/errno*.h).
const (
	eacces     seccomp.Errno = 13
	eopnotsupp seccomp.Errno = 95
)

// policy returns the rules for a command: those of every world, those that
// stand in for the namespaces that are not there, and the calls that the
// supervisor is asked about.
func policy(network bool) []seccomp.Rule {
	rules := seccomp.Policy()
	refuse := func(errno seccomp.Errno, why string, calls ...seccomp.Call) {
		for _, c := range calls {
			rules = append(rules, seccomp.Rule{Call: c, Errno: errno, Why: why})
		}
	}
	if !network {
		refuse(eacces, "there is no network namespace, and Landlock does not know sockets by their path or UDP on most kernels; socketpair stays",
			seccomp.Call{Name: "socket", Number: unix.SYS_SOCKET})
	}
	refuse(seccomp.ENOSYS, "there is no IPC namespace", ipcCalls...)
	refuse(eopnotsupp, "Landlock does not guard extended attributes", attributeCalls...)
	refuse(seccomp.EPERM, "Landlock does not guard owners, and a build owns all that it makes", ownerCalls...)
	refuse(seccomp.ENOSYS, "sees files and mounts of the host", watchCalls...)
	refuse(seccomp.ENOSYS, "old forms of utimensat, which the supervisor answers", archTimeCalls...)
	refuse(seccomp.EPERM, "reaches other processes of this user", priorityCalls...)
	for _, c := range otherProcessCalls {
		rules = append(rules, seccomp.Rule{Call: c, Errno: seccomp.EPERM, Allowed: []uint32{0},
			Why: "reaches other processes of this user; 0 is the caller itself"})
	}
	rules = append(rules, seccomp.Rule{Call: seccomp.Call{Name: "ioctl", Number: unix.SYS_IOCTL}, Errno: seccomp.EPERM,
		When: fileRequests(), Why: "changes a file, or makes others, by a descriptor that is open for reading"})
	for _, c := range askedCalls() {
		rules = append(rules, seccomp.Rule{Call: c, Ask: true, Why: "names a file, or changes one in a way that Landlock does not know"})
	}
	return rules
}

// fileRequests are the requests that a file system carries out for the owner of
// a file that is open for reading; Landlock looks at those to devices only.
// Numbers are of include/uapi/linux/{fs,fscrypt,fsverity,ext4,btrfs}.h.
func fileRequests() []seccomp.Condition {
	var list []seccomp.Condition
	for _, request := range []uint32{
		unix.FS_IOC_SETFLAGS,
		0x401c5820, // FS_IOC_FSSETXATTR
		0x40087602, // FS_IOC_SETVERSION
		unix.FS_IOC_SET_ENCRYPTION_POLICY,
		unix.FS_IOC_ENABLE_VERITY,
		0x40086604, // EXT4_IOC_SETVERSION
		0x6609,     // EXT4_IOC_MIGRATE
		0x660c,     // EXT4_IOC_ALLOC_DA_BLKS
		0x50009401, // BTRFS_IOC_SNAP_CREATE
		0x50009402, // BTRFS_IOC_DEFRAG
		0x5000940e, // BTRFS_IOC_SUBVOL_CREATE
		0x5000940f, // BTRFS_IOC_SNAP_DESTROY
		0x40309410, // BTRFS_IOC_DEFRAG_RANGE
		0x50009417, // BTRFS_IOC_SNAP_CREATE_V2
		0x50009418, // BTRFS_IOC_SUBVOL_CREATE_V2
		0x4008941a, // BTRFS_IOC_SUBVOL_SETFLAGS
		0xc0c89425, // BTRFS_IOC_SET_RECEIVED_SUBVOL
		0x5000943f, // BTRFS_IOC_SNAP_DESTROY_V2
	} {
		list = append(list, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: request})
	}
	return list
}

var (
	ipcCalls = []seccomp.Call{
		{Name: "shmget", Number: unix.SYS_SHMGET}, {Name: "shmat", Number: unix.SYS_SHMAT}, {Name: "shmctl", Number: unix.SYS_SHMCTL},
		{Name: "semget", Number: unix.SYS_SEMGET}, {Name: "semop", Number: unix.SYS_SEMOP}, {Name: "semctl", Number: unix.SYS_SEMCTL},
		{Name: "semtimedop", Number: unix.SYS_SEMTIMEDOP}, {Name: "msgget", Number: unix.SYS_MSGGET}, {Name: "msgsnd", Number: unix.SYS_MSGSND},
		{Name: "msgrcv", Number: unix.SYS_MSGRCV}, {Name: "msgctl", Number: unix.SYS_MSGCTL},
		{Name: "mq_open", Number: unix.SYS_MQ_OPEN}, {Name: "mq_unlink", Number: unix.SYS_MQ_UNLINK},
	}
	attributeCalls = []seccomp.Call{
		{Name: "setxattr", Number: unix.SYS_SETXATTR}, {Name: "lsetxattr", Number: unix.SYS_LSETXATTR}, {Name: "fsetxattr", Number: unix.SYS_FSETXATTR},
		{Name: "removexattr", Number: unix.SYS_REMOVEXATTR}, {Name: "lremovexattr", Number: unix.SYS_LREMOVEXATTR}, {Name: "fremovexattr", Number: unix.SYS_FREMOVEXATTR},
		{Name: "getxattr", Number: unix.SYS_GETXATTR}, {Name: "lgetxattr", Number: unix.SYS_LGETXATTR},
		{Name: "listxattr", Number: unix.SYS_LISTXATTR}, {Name: "llistxattr", Number: unix.SYS_LLISTXATTR},
		// Linux 6.13 and 6.17; the same numbers on every architecture.
		{Name: "setxattrat", Number: 463}, {Name: "getxattrat", Number: 464}, {Name: "listxattrat", Number: 465}, {Name: "removexattrat", Number: 466},
		{Name: "file_getattr", Number: 468}, {Name: "file_setattr", Number: 469},
	}
	watchCalls = []seccomp.Call{
		{Name: "fanotify_init", Number: unix.SYS_FANOTIFY_INIT}, {Name: "fanotify_mark", Number: unix.SYS_FANOTIFY_MARK},
		// Linux 6.8; the same numbers on every architecture.
		{Name: "statmount", Number: 457}, {Name: "listmount", Number: 458},
	}
	ownerCalls        = append([]seccomp.Call{{Name: "fchown", Number: unix.SYS_FCHOWN}, {Name: "fchownat", Number: unix.SYS_FCHOWNAT}}, archOwnerCalls...)
	priorityCalls     = []seccomp.Call{{Name: "setpriority", Number: unix.SYS_SETPRIORITY}, {Name: "ioprio_set", Number: unix.SYS_IOPRIO_SET}}
	otherProcessCalls = []seccomp.Call{
		{Name: "prlimit64", Number: unix.SYS_PRLIMIT64}, {Name: "sched_setaffinity", Number: unix.SYS_SCHED_SETAFFINITY},
		{Name: "sched_setscheduler", Number: unix.SYS_SCHED_SETSCHEDULER}, {Name: "sched_setparam", Number: unix.SYS_SCHED_SETPARAM},
		{Name: "sched_setattr", Number: unix.SYS_SCHED_SETATTR},
	}
)
