package seccomp

import "golang.org/x/sys/unix"

// Numbers come from golang.org/x/sys/unix, which generates them from the
// kernel's tables for each architecture.
var (
	callSocket          = Call{"socket", unix.SYS_SOCKET}
	callIoctl           = Call{"ioctl", unix.SYS_IOCTL}
	callUnshare         = Call{"unshare", unix.SYS_UNSHARE}
	callClone           = Call{"clone", unix.SYS_CLONE}
	callClone3          = Call{"clone3", unix.SYS_CLONE3}
	callSetns           = Call{"setns", unix.SYS_SETNS}
	callFchmod          = Call{"fchmod", unix.SYS_FCHMOD}
	callFchmodat        = Call{"fchmodat", unix.SYS_FCHMODAT}
	callFchmodat2       = Call{"fchmodat2", unix.SYS_FCHMODAT2}
	callPrlimit64       = Call{"prlimit64", unix.SYS_PRLIMIT64}
	callSetrlimit       = Call{"setrlimit", unix.SYS_SETRLIMIT}
	callIoUringSetup    = Call{"io_uring_setup", unix.SYS_IO_URING_SETUP}
	callIoUringEnter    = Call{"io_uring_enter", unix.SYS_IO_URING_ENTER}
	callIoUringRegister = Call{"io_uring_register", unix.SYS_IO_URING_REGISTER}
	callAddKey          = Call{"add_key", unix.SYS_ADD_KEY}
	callRequestKey      = Call{"request_key", unix.SYS_REQUEST_KEY}
	callKeyctl          = Call{"keyctl", unix.SYS_KEYCTL}
	callOpenByHandleAt  = Call{"open_by_handle_at", unix.SYS_OPEN_BY_HANDLE_AT}
	callNameToHandleAt  = Call{"name_to_handle_at", unix.SYS_NAME_TO_HANDLE_AT}
)

// kernelOnly are calls that would need a capability anyway; refusing them here
// keeps their code out of reach.
var kernelOnly = []Call{
	{"bpf", unix.SYS_BPF},
	{"perf_event_open", unix.SYS_PERF_EVENT_OPEN},
	{"userfaultfd", unix.SYS_USERFAULTFD},
	{"kexec_load", unix.SYS_KEXEC_LOAD},
	{"kexec_file_load", unix.SYS_KEXEC_FILE_LOAD},
	{"init_module", unix.SYS_INIT_MODULE},
	{"finit_module", unix.SYS_FINIT_MODULE},
	{"delete_module", unix.SYS_DELETE_MODULE},
	{"swapon", unix.SYS_SWAPON},
	{"swapoff", unix.SYS_SWAPOFF},
	{"acct", unix.SYS_ACCT},
	{"quotactl", unix.SYS_QUOTACTL},
	{"quotactl_fd", unix.SYS_QUOTACTL_FD},
	{"reboot", unix.SYS_REBOOT},
	{"syslog", unix.SYS_SYSLOG},
	{"mount", unix.SYS_MOUNT},
	{"umount2", unix.SYS_UMOUNT2},
	{"pivot_root", unix.SYS_PIVOT_ROOT},
	{"open_tree", unix.SYS_OPEN_TREE},
	{"move_mount", unix.SYS_MOVE_MOUNT},
	{"mount_setattr", unix.SYS_MOUNT_SETATTR},
	{"fsopen", unix.SYS_FSOPEN},
	{"fsconfig", unix.SYS_FSCONFIG},
	{"fsmount", unix.SYS_FSMOUNT},
	{"fspick", unix.SYS_FSPICK},
	{"settimeofday", unix.SYS_SETTIMEOFDAY},
	{"clock_settime", unix.SYS_CLOCK_SETTIME},
	{"sethostname", unix.SYS_SETHOSTNAME},
	{"setdomainname", unix.SYS_SETDOMAINNAME},
}
