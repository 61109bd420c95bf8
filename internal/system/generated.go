package system

// generated are the files that say who and where a process is. Their content
// is constant, so that they are the same on every host.
var generated = []struct{ name, content string }{
	{"etc/group", "root:x:0:\nbuilder:x:1000:\nnogroup:x:65534:\n"},
	{"etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n"},
	// Names are looked up in the files above only: no resolver, no directory
	// service, no daemon that could answer from outside.
	{"etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n" +
		"networks: files\nprotocols: files\nservices: files\nethers: files\nrpc: files\n"},
	{"etc/passwd", "root:x:0:0:root:/root:/bin/sh\n" +
		"builder:x:1000:1000:builder:/hermetic/home:/bin/sh\n" +
		"nobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n"},
}

// skeleton lists directories that are there even when empty. gcc and
// pkg-config look whether these exist before they ask for a file in them;
// without them a failed build would not say which file it wanted.
func skeleton(libraries []string) []string {
	all := []string{"usr/include"}
	for _, dir := range libraries {
		all = append(all, dir+"/pkgconfig")
	}
	return append(all, "usr/share/pkgconfig")
}
