package main

// project is one that is tried.
type project struct {
	name    string
	version string // published: name@version with its own Cargo.lock; empty: a directory of testdata, or made
	why     string // what it is in the list for
	program string // below the profile's directory; empty: a library
	args    []string
	says    string   // that its output contains
	host    []string // packages of the host without which it is left out
	members int      // made: a workspace of so many
}

func (p project) title() string {
	if p.version == "" {
		return p.name
	}
	return p.name + " " + p.version
}

// projects are programs that people install, and for each thing that crates commonly
// want from outside one that wants it.
var projects = []project{
	{name: "ripgrep", version: "15.2.0", why: "the first of the four", program: "rg", args: []string{"--version"}, says: "ripgrep 15"},
	{name: "bat", version: "0.26.1", why: "libgit2 and oniguruma in C", program: "bat", args: []string{"--version"}, says: "bat 0.26"},
	{name: "xh", version: "0.26.3", why: "more than 200 packages, TLS by ring, zstd in C", program: "xh", args: []string{"--version"}, says: "xh 0.26"},
	{name: "eza", version: "0.23.5", why: "libgit2 in C, a build script that asks for the date", program: "eza", args: []string{"--version"}, says: "v0.23"},
	{name: "gitui", version: "0.28.1", why: "libgit2 and vendored OpenSSL (perl, make)", program: "gitui", args: []string{"--version"}, says: "gitui"},
	{name: "rusqlite-bundled", why: "SQLite, bundled", program: "rusqlite-bundled", says: "3."},
	{name: "ring", why: "assembler and C", program: "ring", says: "ok"},
	{name: "aws-lc", why: "aws-lc-sys with cmake or cc", program: "aws-lc", says: "ok"},
	{name: "openssl-system", why: "OpenSSL of the system, by pkg-config", program: "openssl-system", says: "OpenSSL 3", host: []string{"libssl-dev", "pkgconf"}},
	{name: "prost", why: "prost-build with protobuf-compiler", program: "prost", says: "ok", host: []string{"protobuf-compiler"}},
	{name: "bindgen", why: "bindgen with libclang", program: "bindgen", says: "ok", host: []string{"libclang-dev"}},
	{name: "workspace", why: "a workspace of 220 packages", program: "member-219", says: "220", members: 220},
}
