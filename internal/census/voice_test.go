package census

import (
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// voice is a pair of listeners, on loopback TCP and on an abstract Unix socket,
// that say one text to whoever connects: nothing while the layout is quiet.
// They listen during both builds, so that the port is never a difference.
type voice struct {
	port, socket string
	text         atomic.Value // string
}

// newVoice starts the listeners if the channel needs them; they end with t.
func newVoice(t *testing.T, c *channel) *voice {
	t.Helper()
	v := &voice{}
	v.text.Store("")
	if c.Perturbation.Listen == "" {
		return v
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v.port = strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port)
	// The port makes the name unique. A leading `@` is Go's spelling of the
	// abstract namespace.
	v.socket = "census-" + v.port
	abstract, err := net.Listen("unix", "@"+v.socket)
	if err != nil {
		t.Fatal(err)
	}
	for _, listener := range []net.Listener{tcp, abstract} {
		t.Cleanup(func() {
			if err := listener.Close(); err != nil {
				t.Error(err)
			}
		})
		go v.serve(t, listener)
	}
	return v
}

// serve answers until the listener is closed.
func (v *voice) serve(t *testing.T, listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed by the cleanup
		}
		if _, err := conn.Write([]byte(v.text.Load().(string))); err != nil {
			t.Errorf("speaking to a build script: %v", err)
		}
		if err := conn.Close(); err != nil {
			t.Errorf("speaking to a build script: %v", err)
		}
	}
}
