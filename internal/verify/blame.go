package verify

import (
	"maps"
	"slices"
)

// Cause is a step whose output differs although nothing differs that it was made
// from.
type Cause struct {
	Unit   Unit     `json:"unit"`
	Files  []string `json:"files"`            // that differ, relative to the target directory
	Needed []string `json:"needed,omitempty"` // dimensions without which it comes out the same
	Chance bool     `json:"chance,omitempty"` // it does not, on a host that does not differ
	Macros []Unit   `json:"macros,omitempty"` // that ran in it and in no unit that came out the same: one of them may be the reason
}

// blame finds the first causes among files that differ, and the units that follow
// from them. Files that no step wrote are unexplained.
func (h *history) blame(differ map[string]bool) (causes []Cause, follow []Unit, unexplained []string) {
	maker := h.makers()
	innocent := map[string]bool{} // macros of units that came out the same
	for _, s := range h.steps {
		if len(touched(s.wrote, differ)) == 0 {
			for _, m := range s.macros {
				innocent[m] = true
			}
		}
	}
	explained := map[string]bool{}
	for _, s := range h.steps {
		bad := touched(s.wrote, differ)
		if len(bad) == 0 {
			continue
		}
		for _, name := range bad {
			explained[name] = true
		}
		if s.follows(differ) {
			follow = append(follow, s.unit)
			continue
		}
		c := Cause{Unit: s.unit, Files: bad}
		for _, m := range s.macros {
			if by := maker[m]; by != nil && !innocent[m] {
				c.Macros = append(c.Macros, by.unit)
			}
		}
		causes = append(causes, c)
	}
	for _, name := range slices.Sorted(maps.Keys(differ)) {
		if !explained[name] {
			unexplained = append(unexplained, name)
		}
	}
	return causes, follow, unexplained
}

// follows reports whether anything that a step was made from differs.
func (s *step) follows(differ map[string]bool) bool {
	for name := range s.read {
		if differ[name] && !s.wrote[name] {
			return true
		}
	}
	return false
}

// touched are the files of one set that are in another, sorted.
func touched(set, in map[string]bool) []string {
	var list []string
	for name := range set {
		if in[name] {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}
