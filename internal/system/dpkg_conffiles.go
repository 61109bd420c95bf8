package system

import "strings"

// conffile is the state of a configuration file of a package.
type conffile int

const (
	conffileNone     conffile = iota // not a configuration file
	conffileCurrent                  // the administrator may have changed or removed it
	conffileObsolete                 // of an earlier version; kept since somebody may still want it
)

// parseConffiles reads the value of a Conffiles field of the status file: a line
// for each file with its path, the digest of what the package shipped (or
// `newconffile` in the middle of an upgrade), and words that say more. Paths may
// hold spaces, so a line is read from its end.
func parseConffiles(text string) (map[string]conffile, bool) {
	all := map[string]conffile{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		state := conffileCurrent
		for {
			rest, found := strings.CutSuffix(line, " remove-on-upgrade")
			if !found {
				if rest, found = strings.CutSuffix(line, " obsolete"); !found {
					break
				}
			}
			// What is to be removed on upgrade is not shipped any more either.
			state, line = conffileObsolete, rest
		}
		i := strings.LastIndexByte(line, ' ')
		if i < 0 || !validPath(line[:i]) || !onlyWith(line[i+1:], "") {
			return nil, false
		}
		all[line[1:i]] = state
	}
	return all, true
}
