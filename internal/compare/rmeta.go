package compare

// asRmeta compares rustc's metadata: a header of `rust`, three zeros and the
// version of the form, then the place of the root, then the text of rustc's
// version with its length before it. The rest has no stable form, and its
// strings are found as bytes.
func asRmeta(c *comparison, d *Difference, a, b Artifact) error {
	left, err := readRmeta(a)
	if err != nil {
		return err
	}
	right, err := readRmeta(b)
	if err != nil {
		return err
	}
	if left.form != right.form {
		c.add(d, &Difference{Kind: KindHeader, Name: "version of the metadata", A: value("%d", left.form), B: value("%d", right.form)})
	}
	if left.version != right.version {
		c.add(d, &Difference{Kind: KindHeader, Name: "version of rustc", A: value("%s", left.version), B: value("%s", right.version)})
	}
	if err := c.asBytes(d, a, b); err != nil {
		return err
	}
	// What looks random here are rustc's fingerprints of other parts.
	for _, found := range d.Inside {
		for i, cause := range found.Causes {
			if cause.Class == Random && !cause.Known {
				found.Causes[i] = *guessed(Derived, "%s, as rustc's fingerprints of what the crate is made of", cause.Evidence)
			}
		}
	}
	return nil
}

// rmeta is what stands at the beginning of metadata.
type rmeta struct {
	form    byte
	version string // empty if it is not where it was in rustc 1.70 to 1.95
}

func readRmeta(a Artifact) (rmeta, error) {
	head, err := a.around(0, 256)
	if err != nil {
		return rmeta{}, err
	}
	if len(head) < 17 {
		return rmeta{}, malformedf("no whole header of metadata")
	}
	m := rmeta{form: head[7]}
	c := cursor{data: head, at: 16}
	if text := c.take(c.uleb()); len(text) > 6 && string(text[:6]) == "rustc " {
		m.version = string(text)
	}
	return m, nil
}
