package world

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Text returns the world for people, one fact a line.
func (w World) Text() string {
	var b strings.Builder
	line := func(key, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s %s\n", key, fmt.Sprintf(format, args...))
	}
	line("world", "%s", w.Digest())
	line("isolation", "%s", w.Isolation)
	line("command", "%s", quoteAll(w.Argv))
	line("directory", "%s", quote(w.Dir))
	for _, m := range w.Mounts {
		access := "read-only"
		if m.Writable {
			access = "writable"
		}
		from := string(m.What)
		if m.Path != "" {
			from = quote(from + "/" + m.Path)
		}
		if !m.Digest.IsZero() {
			from += " " + m.Digest.String()
		}
		line("mount", "%-18s %-9s %s", quote(m.Place), access, from)
	}
	for _, f := range w.Files {
		line("file", "%s %q", quote(f.Path), f.Data)
	}
	for _, l := range w.Links {
		line("link", "%s -> %s", quote(l.Path), quote(l.Target))
	}
	for _, d := range w.Dirs {
		line("empty", "%s", d)
	}
	for _, v := range w.Env {
		line("env", "%s=%s", v.Name, quote(v.Value))
	}
	i := w.Identity
	line("identity", "uid %d, gid %d, user %s, host %s, domain %s, umask %03o, %d open files", i.UID, i.GID, i.User, i.HostName, i.DomainName, i.Umask, i.OpenFiles)
	if w.Network == "loopback" {
		line("network", "loopback only")
	} else {
		line("network", "%s", w.Network)
	}
	switch h := w.Held; {
	case h.Clock == "real":
		line("clock", "real")
	default:
		line("clock", "%s, %s", h.Clock, time.Unix(h.Epoch, 0).UTC().Format(time.RFC3339))
	}
	line("random", "%s", w.Held.Random)
	line("cpu", "%s", w.Held.CPU)
	if w.Held.CPUs == 0 {
		line("cpus", "host")
	} else {
		line("cpus", "%d", w.Held.CPUs)
	}
	for _, o := range w.Outputs {
		line("output", "%s", o)
	}
	return b.String()
}

// JSON returns the world for programs, with its digest.
func (w World) JSON() []byte {
	data, err := json.MarshalIndent(struct {
		Digest string `json:"digest"`
		World
	}{w.Digest().String(), w}, "", "  ")
	if err != nil {
		panic("world: a value of strings and numbers does not encode: " + err.Error())
	}
	return append(data, '\n')
}

func quoteAll(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return strings.Join(quoted, " ")
}

// quote quotes a word if a shell, or a terminal, would not take it as it is.
func quote(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,+@%", r))
	})
	if plain {
		return s
	}
	return fmt.Sprintf("%q", s)
}
