//go:build linux

package hermetic_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func init() {
	programs["registry"], programs["ociimage"], programs["ocipush"] = registry, ociImage, ociPush
	programs["debian"] = debian
}

// The one user of a registry that `registry -auth` starts. The hash is bcrypt's,
// with its smallest sensible cost.
const (
	registryUser     = "reader"
	registryPassword = "open sesame"
	registryHash     = "$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW"
)

// listening is how docker-registry says where it is.
var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`)

// registry: `registry [-auth] DIR`: Debian's docker-registry on a free port of the
// loopback device, with its files in DIR. It writes its address to DIR.address
// when it accepts connections, and ends with this process.
func registry(args []string) error {
	auth := len(args) == 2 && args[0] == "-auth"
	if len(args) != 1 && !auth {
		return errors.New("usage: registry [-auth] DIR")
	}
	dir, err := filepath.Abs(args[len(args)-1])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	config := fmt.Sprintf("version: 0.1\nlog: {level: info, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: '127.0.0.1:0'}\n", filepath.Join(dir, "files"))
	if auth {
		users := filepath.Join(dir, "users")
		if err := os.WriteFile(users, []byte(registryUser+":"+registryHash+"\n"), 0o600); err != nil {
			return err
		}
		config += fmt.Sprintf("auth: {htpasswd: {realm: test, path: %q}}\n", users)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.yml"), []byte(config), 0o644); err != nil {
		return err
	}
	runtime.LockOSThread() // the kernel tells the child of the end of the thread that started it
	cmd := exec.Command("docker-registry", "serve", filepath.Join(dir, "config.yml"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	for there := false; lines.Scan(); {
		if !there { // it then writes ten lines for every request
			fmt.Fprintln(os.Stderr, lines.Text())
		}
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			if err := writeWhole(dir+".address", m[1]); err != nil {
				return err
			}
			there = true
		}
	}
	return errors.Join(lines.Err(), cmd.Wait())
}

// writeWhole makes a file that a waiting script never sees half.
func writeWhole(name, text string) error {
	if err := os.WriteFile(name+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// imageOf makes an image of archives, the first of them lowest.
func imageOf(archives []string) (v1.Image, error) {
	base := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	base = mutate.ConfigMediaType(base, types.OCIConfigJSON)
	img, err := mutate.ConfigFile(base, &v1.ConfigFile{OS: "linux", Architecture: runtime.GOARCH, RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		return nil, err
	}
	for _, file := range archives {
		l, err := tarball.LayerFromFile(file, tarball.WithCompressionLevel(gzip.BestSpeed), tarball.WithMediaType(types.OCILayer))
		if err != nil {
			return nil, err
		}
		if img, err = mutate.AppendLayers(img, l); err != nil {
			return nil, err
		}
	}
	return img, nil
}

// ociPush: `ocipush REFERENCE TAR...`: an image of these archives in a registry. It
// prints the digest of the manifest.
func ociPush(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: ocipush REFERENCE TAR...")
	}
	img, err := imageOf(args[1:])
	if err != nil {
		return err
	}
	ref, err := name.ParseReference(args[0])
	if err != nil {
		return err
	}
	if err := remote.Write(ref, img); err != nil {
		return err
	}
	return printDigest(img)
}

func printDigest(img v1.Image) error {
	d, err := img.Digest()
	if err != nil {
		return err
	}
	_, err = fmt.Println(d)
	return err
}

// ociImage: `ociimage DIR TAR...`: an OCI layout with one image of these archives
// on top of one another. It prints the digest of the manifest.
func ociImage(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: ociimage DIR TAR...")
	}
	img, err := imageOf(args[1:])
	if err != nil {
		return err
	}
	at, err := layout.Write(args[0], empty.Index)
	if err != nil {
		return err
	}
	if err := at.AppendImage(img); err != nil {
		return err
	}
	return printDigest(img)
}
