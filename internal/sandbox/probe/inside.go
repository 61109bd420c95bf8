package probe

import "encoding/json"

// Expected is what the program that looks around in a world must find. Paths
// are places of the world, except Hidden.
type Expected struct {
	File, Content string // a declared file and what it holds
	Hidden        string // a path of the host that is not declared, and is there
	ReadOnly      string // a declared directory
	Writable      string // a declared directory
	Env           []string
	HostName      string

	// Of the isolation `namespaces`.
	UID        int               // -1: the host's
	Namespaces map[string]string // the links in /proc/self/ns outside; those inside must be others
	// Of the isolation `landlock`.
	Outside   int  // a process outside that must be out of reach; 0: not looked at
	NoSockets bool // instead of a loopback device of its own
}

// Seen is what it found.
type Seen struct {
	Wrong []string // one sentence each
	// UserNamespace and OwnProc tell the rungs of `namespaces` apart.
	UserNamespace bool // of its own
	OwnProc       bool // /proc has only the world's processes
}

// InsideArgs are the arguments for the program at a place of the world.
func InsideArgs(program string, e Expected) ([]string, error) {
	data, err := json.Marshal(e)
	return []string{program, insideArg, string(data)}, err
}
