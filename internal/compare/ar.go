package compare

import (
	"bytes"
	"strconv"
	"strings"
)

// Header of a member: name[16] date[12] uid[6] gid[6] mode[8] size[10] "`\n".
const (
	arMagic  = 8
	arHeader = 60
)

// asAr compares archives of objects, among them rlib: in the form of System V
// and GNU, and with the long names of BSD.
func asAr(c *comparison, d *Difference, a, b Artifact) error {
	left, err := readAr(a)
	if err != nil {
		return err
	}
	right, err := readAr(b)
	if err != nil {
		return err
	}
	return c.entries(d, arEntries(left), arEntries(right))
}

// arMember is one member of an archive, with the place of its header.
type arMember struct {
	name                 string
	header, start        int64 // offsets in the archive: of the header, of the data
	date, uid, gid, mode string
	data                 Artifact
}

func readAr(a Artifact) ([]arMember, error) {
	var members []arMember
	var longNames []byte
	for at := int64(arMagic); at < a.Size; {
		if len(members) == maxEntries {
			return nil, malformedf("an archive of more than %d members", maxEntries)
		}
		h, err := a.read(at, arHeader, arHeader)
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseInt(strings.TrimRight(string(h[48:58]), " "), 10, 64)
		if err != nil || string(h[58:60]) != "`\n" {
			return nil, malformedf("no header of a member at %d", at)
		}
		m := arMember{
			header: at, start: at + arHeader,
			date: trimField(h[16:28]), uid: trimField(h[28:34]), gid: trimField(h[34:40]), mode: trimField(h[40:48]),
		}
		if m.data, err = a.slice(m.start, size); err != nil {
			return nil, err
		}
		if m.name, err = arName(string(h[:16]), longNames, &m); err != nil {
			return nil, err
		}
		if m.name == "//" {
			if longNames, err = m.data.read(0, size, 1<<20); err != nil {
				return nil, err
			}
		}
		members = append(members, m)
		at += arHeader + size
		at += at & 1
	}
	return members, nil
}

func trimField(field []byte) string { return string(bytes.TrimRight(field, " ")) }

// arName resolves `/NUMBER` in the table of long names, and `#1/LENGTH` with the
// name before the data.
func arName(field string, longNames []byte, m *arMember) (string, error) {
	field = strings.TrimRight(field, " ")
	switch {
	case field == "/" || field == "//" || field == "/SYM64/":
		return field, nil
	case strings.HasPrefix(field, "#1/"):
		n, err := strconv.ParseUint(field[3:], 10, 16)
		if err != nil {
			return "", malformedf("the name `%s` of a member", escape([]byte(field)))
		}
		name, err := m.data.around(0, min(int64(n), maxMemberName))
		if err != nil {
			return "", err
		}
		m.start += int64(n)
		m.data, err = m.data.slice(int64(n), m.data.Size-int64(n))
		return string(bytes.TrimRight(name, "\x00")), err
	case strings.HasPrefix(field, "/"):
		at, err := strconv.ParseUint(field[1:], 10, 31)
		if err != nil || int(at) >= len(longNames) {
			return "", malformedf("the name `%s` of a member", escape([]byte(field)))
		}
		name, _, _ := bytes.Cut(longNames[at:min(len(longNames), int(at)+maxMemberName)], []byte("/\n"))
		return string(name), nil
	}
	return strings.TrimSuffix(field, "/"), nil
}

func arEntries(members []arMember) []entry {
	list := make([]entry, len(members))
	for i, m := range members {
		list[i] = entry{name: m.name, data: m.data, fields: []field{
			{"time", m.date, Time}, {"uid", m.uid, Owner}, {"gid", m.gid, Owner}, {"mode", m.mode, Umask},
		}}
		switch m.name {
		case "/", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED":
			list[i].derived = "the archive's index of symbols, which follows from the members"
		case "//":
			list[i].derived = "the archive's table of long names, which follows from the members"
		}
	}
	return list
}
