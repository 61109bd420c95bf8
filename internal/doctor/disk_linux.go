package doctor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// disk is the file system that a directory is on.
type disk struct {
	kind     string // its type
	free     uint64 // bytes, for an ordinary user
	writable bool   // by us
	notice   string // what is to be known of this type
}

// kinds are the types that people meet (statfs(2)). A notice is about a type
// on which locks, renames or change times are not what a store relies on.
var kinds = map[int64]disk{
	unix.EXT4_SUPER_MAGIC:      {kind: "ext4"},
	unix.XFS_SUPER_MAGIC:       {kind: "xfs"},
	unix.BTRFS_SUPER_MAGIC:     {kind: "btrfs"},
	unix.F2FS_SUPER_MAGIC:      {kind: "f2fs"},
	0x2fc12fc1:                 {kind: "zfs"},
	0xca451a4e:                 {kind: "bcachefs"},
	unix.OVERLAYFS_SUPER_MAGIC: {kind: "overlay", notice: "an overlay is the writable layer of a container, as a rule, and is gone with it"},
	unix.TMPFS_MAGIC:           {kind: "tmpfs", notice: "it is in memory: layers take that much of it, and are gone at the next start"},
	unix.RAMFS_MAGIC:           {kind: "ramfs", notice: "it is in memory: layers take that much of it, and are gone at the next start"},
	unix.NFS_SUPER_MAGIC:       {kind: "nfs", notice: "over a network each check of a layer is slow"},
	unix.SMB2_SUPER_MAGIC:      {kind: "smb", notice: "over a network each check of a layer is slow"},
	unix.CIFS_SUPER_MAGIC:      {kind: "cifs", notice: "over a network each check of a layer is slow"},
	unix.V9FS_MAGIC:            {kind: "9p", notice: "over a virtual network each check of a layer is slow"},
	unix.FUSE_SUPER_MAGIC:      {kind: "fuse", notice: "a program serves it: each check of a layer is slow"},
}

func diskOf(dir string) (disk, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return disk{}, fmt.Errorf("statfs: %w", err)
	}
	d, known := kinds[int64(st.Type)]
	if !known {
		d.kind = fmt.Sprintf("a file system of type %#x", st.Type)
	}
	d.free = st.Bavail * uint64(st.Bsize)
	// With the effective user, as every call that writes.
	d.writable = unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil
	return d, nil
}

// kernel names the running one.
func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "Linux" // uname(2) fails for a bad address only
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}
