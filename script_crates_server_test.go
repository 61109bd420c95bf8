//go:build linux

package hermetic_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"text/template"

	"golang.org/x/sys/unix"
)

func init() {
	programs["crateserver"], programs["gitserver"] = crateServer, gitServer
}

// nginxConfig serves one directory. There are no workers, so that the server is
// one process, which needs no privilege and takes none.
//
// The log has a line a request, when it is over: what, how it ended, how many
// bytes went out, when it ended and how long it took.
var nginxConfig = template.Must(template.New("").Parse(`daemon off;
master_process off;
pid {{.Own}}/pid;
error_log {{.Own}}/errors info;
events {}
http {
	log_format line '$request_method $uri $status $body_bytes_sent $msec $request_time';
	access_log {{.Dir}}.log line;
	default_type application/octet-stream;
	client_body_temp_path {{.Own}}/body;
	proxy_temp_path {{.Own}}/proxy;
	fastcgi_temp_path {{.Own}}/fastcgi;
	uwsgi_temp_path {{.Own}}/uwsgi;
	scgi_temp_path {{.Own}}/scgi;
	server {
		listen {{.Address}};
		root {{.Dir}};
		{{if .Token}}
		add_header WWW-Authenticate 'Cargo login_url="http://{{.Address}}/login"' always;
		if ($http_authorization != "{{.Token}}") { return 401; }
		{{end}}
		{{if .Rate}}location /crates/ { limit_rate {{.Rate}}; }{{end}}
		{{if .Stall}}location ~ stalled { limit_rate 64; }{{end}}
	}
}
`))

// crateServer: `crateserver [-token TOKEN] [-rate RATE] [-stall] DIR`: nginx on a free port of
// the loopback device, with the registry in DIR that `publish` filled. With a token
// it answers nobody who does not send exactly that; with a rate no crate comes
// faster; with -stall a file with that word in its name comes so slowly that nobody
// sees its end. It writes its address to DIR.address when it accepts connections and
// what it was asked to DIR.log, and ends with this process. Its address is that in
// DIR.last, if there is one.
func crateServer(args []string) error {
	flags := flag.NewFlagSet("crateserver", flag.ContinueOnError)
	token := flags.String("token", "", "what a request must prove itself with")
	rate := flags.String("rate", "", "bytes a second of each crate, in nginx's form")
	stall := flags.Bool("stall", false, "send files called `stalled` very slowly")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("usage: crateserver [-token TOKEN] [-rate RATE] [-stall] DIR")
	}
	dir, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return err
	}
	address, err := reserve(dir + ".last")
	if err != nil {
		return err
	}
	own := dir + ".nginx"
	if err := os.MkdirAll(own, 0o755); err != nil {
		return err
	}
	var config strings.Builder
	if err := nginxConfig.Execute(&config, map[string]any{"Own": own, "Dir": dir, "Address": address, "Token": *token, "Rate": *rate, "Stall": *stall}); err != nil {
		return err
	}
	if err := os.WriteFile(own+"/config", []byte(config.String()), 0o600); err != nil {
		return err
	}
	cmd := exec.Command("nginx", "-p", own, "-e", own+"/errors", "-c", own+"/config")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // the kernel tells the child of the end of the thread that started it
	if err := cmd.Start(); err != nil {
		return err
	}
	// What an index says about its registry.
	about := fmt.Sprintf(`{"dl":"http://%s/crates/{crate}-{version}.crate","auth-required":%t}`, address, *token != "")
	if err := os.WriteFile(dir+"/index/config.json", []byte(about), 0o644); err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	answers := func() (bool, error) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false, nil // not yet
		}
		return true, conn.Close()
	}
	if err := errors.Join(await("nginx at "+address, answers), writeWhole(dir+".address", address)); err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	return cmd.Wait()
}

// reserve returns the address in a file, and without one a free address of the
// loopback device. It is bound, without listening there, until this process ends:
// so the kernel gives it to nobody who asks for any, and nginx can have it.
func reserve(file string) (string, error) {
	at := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if old, err := os.ReadFile(file); err == nil {
		address, err := netip.ParseAddrPort(string(old))
		if err != nil {
			return "", err
		}
		at.Port = int(address.Port())
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	if err := errors.Join(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), unix.Bind(fd, at)); err != nil {
		return "", err
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", bound.(*unix.SockaddrInet4).Port), nil
}

// gitServer: `gitserver DIR`: git's own daemon for the repositories below DIR, on a
// free port of the loopback device. It writes its address to DIR.address when it
// accepts connections.
func gitServer(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: gitserver DIR")
	}
	dir, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	socket, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	if err := writeWhole(dir+".address", socket.Addr().String()); err != nil {
		return err
	}
	for {
		conn, err := socket.AcceptTCP()
		if err != nil {
			return err
		}
		if err := serveGit(dir, conn); err != nil {
			return err
		}
	}
}

// serveGit starts the daemon for one connection, as inetd(8) would: it cannot be
// asked for a free port.
func serveGit(dir string, conn *net.TCPConn) error {
	file, err := conn.File()
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	cmd := exec.Command("git", "daemon", "--inetd", "--export-all", "--base-path="+dir, dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = file, file, os.Stderr
	if err := errors.Join(cmd.Start(), file.Close(), conn.Close()); err != nil {
		return err
	}
	go func() {
		if err := cmd.Wait(); err != nil { // a client that goes away early is one
			fmt.Fprintln(os.Stderr, "git daemon:", err)
		}
	}()
	return nil
}
