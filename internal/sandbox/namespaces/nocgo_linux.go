//go:build !cgo

package namespaces

// cgoBuild says that package syscall cannot reach all threads (see
// syscall.AllThreadsSyscall).
const cgoBuild = false
