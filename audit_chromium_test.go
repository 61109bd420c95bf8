//go:build linux

package hermetic_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium that is spoken to over two pipes, in the
// DevTools protocol: messages of JSON, each ended by a zero byte
// (--remote-debugging-pipe). It needs no port, and no driver of a version of its
// own.
type browser struct {
	t       *testing.T
	to      *os.File
	session string
	next    int
	arrived chan message // all that comes, until the browser has ended
	events  []message    // what was told without being asked
	ended   error        // why nothing comes any more
}

// message is a call, an answer or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// browserPatience is how long one answer may take: the machine may be busy.
const browserPatience = 2 * time.Minute

// findBrowser skips the test where there is no browser of this family.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no browser: install the package chromium-headless-shell, or chromium")
	return ""
}

// openBrowser starts one with an empty page, and ends it with the test. Nobody
// answers on the one proxy that it knows, so it cannot reach a network.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	program := findBrowser(t)
	fromUs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	// Without its own sandbox, which neither root nor every container has: the
	// page is ours.
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--proxy-server=127.0.0.1:9", "--user-data-dir="+home, "--remote-debugging-pipe", "about:blank")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.ExtraFiles = []*os.File{fromUs, fromBrowser} // descriptors 3 and 4
	cmd.Env = append(os.Environ(), "HOME="+home, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fromUs.Close()
	fromBrowser.Close()
	b := &browser{t: t, to: to, arrived: make(chan message)}
	stop := make(chan struct{})
	go b.listen(from, stop)
	t.Cleanup(func() {
		b.send(message{Method: "Browser.close"}) // an error means that it is gone already
		time.AfterFunc(browserPatience, func() { cmd.Process.Kill() })
		close(stop)
		err := cmd.Wait()
		to.Close()
		from.Close()
		if err != nil || t.Failed() {
			t.Logf("the browser: %v\n%s", err, said.Bytes())
		}
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// listen passes on what the browser says until it ends or nobody listens.
func (b *browser) listen(from io.Reader, stop <-chan struct{}) {
	defer close(b.arrived)
	for lines := bufio.NewReader(from); ; {
		data, err := lines.ReadBytes(0)
		if err != nil {
			b.ended = err
			return
		}
		var m message
		if err := json.Unmarshal(bytes.TrimRight(data, "\x00"), &m); err != nil {
			b.ended = err
			return
		}
		select {
		case b.arrived <- m:
		case <-stop:
			return
		}
	}
}

func (b *browser) send(m message) error {
	b.next++
	m.ID, m.Session = b.next, b.session
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = b.to.Write(append(data, 0))
	return err
}

// receive returns the first message that is wanted, and keeps the others.
func (b *browser) receive(what string, wanted func(message) bool) message {
	b.t.Helper()
	timeout := time.NewTimer(browserPatience)
	defer timeout.Stop()
	for {
		select {
		case m, ok := <-b.arrived:
			switch {
			case !ok:
				b.t.Fatalf("waiting for %s: the browser has ended: %v", what, b.ended)
			case wanted(m):
				return m
			case m.Method != "":
				b.events = append(b.events, m)
			}
		case <-timeout.C:
			b.t.Fatalf("waiting for %s: nothing for %v", what, browserPatience)
		}
	}
}

// call asks for something and reads its result into result, unless that is nil.
func (b *browser) call(method string, params any, result any) {
	b.t.Helper()
	m := message{Method: method}
	if params != nil {
		data, err := json.Marshal(params)
		if err != nil {
			b.t.Fatal(err)
		}
		m.Params = data
	}
	if err := b.send(m); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	id := b.next
	answer := b.receive("the answer to "+method, func(m message) bool { return m.ID == id })
	var err error
	switch {
	case answer.Error != nil:
		err = errors.New(answer.Error.Message)
	case result == nil:
		return
	default:
		if err = json.Unmarshal(answer.Result, result); err == nil {
			return
		}
	}
	b.t.Fatalf("%s: %v", method, err)
}

// open shows a file and waits until it has been loaded.
func (b *browser) open(file string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": "file://" + file}, nil)
	b.receive("the page", func(m message) bool { return m.Method == "Page.loadEventFired" })
}

// value evaluates an expression in the page and reads what it is into result.
func (b *browser) value(expression string, result any) {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, answer.ExceptionDetails)
	}
	if err := json.Unmarshal(answer.Result.Value, result); err != nil {
		b.t.Fatalf("%s: %v in %q", expression, err, answer.Result.Value)
	}
}

// click presses the mouse button in the middle of an element, as a person would.
func (b *browser) click(selector string) {
	b.t.Helper()
	var at struct{ X, Y float64 }
	b.value(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2}; })()`, selector), &at)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}, nil)
	}
}

// write clicks into a field and types over what is in it.
func (b *browser) write(selector, text string) {
	b.t.Helper()
	b.click(selector)
	var done bool
	b.value(fmt.Sprintf(`document.querySelector(%q).select() === undefined`, selector), &done)
	if text == "" {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": "Delete", "code": "Delete", "windowsVirtualKeyCode": 46}, nil)
		return
	}
	b.call("Input.insertText", map[string]any{"text": text}, nil)
}

// complaints are what went wrong in the page: exceptions, what its own policy
// stopped, dialogues that a script opened, and requests for anything else.
func (b *browser) complaints(page string) []string {
	var all []string
	for _, e := range b.events {
		switch e.Method {
		case "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening", "Runtime.consoleAPICalled":
			all = append(all, e.Method+": "+string(e.Params))
		case "Network.requestWillBeSent":
			var sent struct{ Request struct{ URL string } }
			if err := json.Unmarshal(e.Params, &sent); err != nil || sent.Request.URL != "file://"+page && !strings.HasPrefix(sent.Request.URL, "about:") {
				all = append(all, "request: "+string(e.Params))
			}
		}
	}
	return all
}
