package advice

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// hostOf makes the files of a host.
func hostOf(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestLook(t *testing.T) {
	mounted := "21 1 254:0 / / rw - ext4 /dev/vda rw\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		env   map[string]string
		want  Host
	}{
		{"nothing", nil, nil, Host{}},
		{"debian", map[string]string{
			"etc/os-release":                            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
			"proc/self/status":                          "Name:\tx\nSeccomp:\t0\n",
			"proc/self/mountinfo":                       mounted,
			"proc/sys/kernel/unprivileged_userns_clone": "0\n",
			"proc/sys/user/max_user_namespaces":         "96365\n",
			"sys/kernel/security/lsm":                   "capability,landlock,apparmor",
		}, nil, Host{Distribution: "debian", Release: "Debian GNU/Linux 12 (bookworm)", UserNSClone: "0", MaxUserNS: "96365", LSM: []string{"capability", "landlock", "apparmor"}}},
		{"ubuntu", map[string]string{
			"etc/os-release": "ID=ubuntu\nID_LIKE=debian\n",
			"proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
		}, nil, Host{Distribution: "ubuntu", Like: []string{"debian"}, AppArmorUserNS: "1"}},
		{"the other place", map[string]string{"usr/lib/os-release": "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n"}, nil,
			Host{Distribution: "rocky", Like: []string{"rhel", "centos", "fedora"}}},
		{"docker's file and filter", map[string]string{".dockerenv": "", "proc/self/status": "Name:\tx\nSeccomp:\t2\n"}, nil, Host{Container: Docker, Filtered: true}},
		{"docker's group", map[string]string{"proc/1/cgroup": "12:cpu:/docker/0123\n"}, nil, Host{Container: Docker}},
		{"podman", map[string]string{"run/.containerenv": ""}, nil, Host{Container: Podman}},
		{"podman's variable", nil, map[string]string{"container": "podman"}, Host{Container: Podman}},
		{"a pod", map[string]string{".dockerenv": ""}, map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, Host{Container: Kubernetes}},
		{"a pod's group", map[string]string{"proc/self/cgroup": "0::/kubepods/besteffort/pod1\n"}, nil, Host{Container: Kubernetes}},
		{"lxc", nil, map[string]string{"container": "lxc"}, Host{Container: LXC}},
		{"another kind", nil, map[string]string{"container": "oci"}, Host{Container: Unknown}},
		{"chroot", map[string]string{"proc/self/mountinfo": "30 21 254:0 / /proc rw - proc proc rw\n"}, nil, Host{Chroot: true}},
		{"damaged", map[string]string{"etc/os-release": "ID", "proc/self/mountinfo": "1 2\n3"}, nil, Host{Chroot: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Root = os.Geteuid() == 0
			if diff := cmp.Diff(c.want, Look(hostOf(t, c.files), c.env), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLookHere: on a real host at least its kernel is seen.
func TestLookHere(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc of Linux on " + runtime.GOOS)
	}
	h := Look("/", nil)
	if h.MaxUserNS == "" {
		t.Errorf("%+v", h)
	}
	if h.Chroot {
		t.Error("taken for a chroot; is it one?")
	}
}
