package compare

// asBytes compares two sides that have no structure that we know.
func (c *comparison) asBytes(d *Difference, a, b Artifact) error {
	return c.asBytesNear(d, a, b, nil)
}

// asBytesNear is asBytes with a function that says which symbol holds an offset
// of the first side; it may be nil.
func (c *comparison) asBytesNear(d *Difference, a, b Artifact, symbol func(int64) string) error {
	if a.Size == 0 || b.Size == 0 {
		c.add(d, &Difference{Kind: KindLength, Name: "one side is empty", A: value("%d bytes", a.Size), B: value("%d bytes", b.Size)})
		return nil
	}
	found, rest, err := spans(a, b, min(perPart, max(c.left, 1)))
	if err != nil {
		return err
	}
	for _, s := range found {
		leaf, err := c.leaf(a, b, s)
		if err != nil {
			return err
		}
		if symbol != nil {
			leaf.Place.Symbol = escapeName(symbol(s.a0))
		}
		c.add(d, leaf)
	}
	if rest {
		d.note("from offset %d on the sides do not agree again, or not soon", found[len(found)-1].a0)
	}
	if d.Causes == nil && len(found) > 0 {
		d.Causes, err = reordered(a, b)
	}
	return err
}

// maxLook is how much of a run that differs is looked at, in bytes.
const maxLook = 4 << 10

// leaf is the finding of one span.
func (c *comparison) leaf(a, b Artifact, s span) (*Difference, error) {
	d := &Difference{Kind: KindBytes, Place: &Place{A: s.a0, B: s.b0}}
	if s.a0 == a.Size || s.b0 == b.Size {
		d.Kind = KindLength
		d.note("one side goes on where the other ends: %d bytes and %d", a.Size, b.Size)
	}
	left, err := look(a, s.a0, s.a1)
	if err != nil {
		return nil, err
	}
	right, err := look(b, s.b0, s.b1)
	if err != nil {
		return nil, err
	}
	d.A, d.B = left.excerpt(), right.excerpt()
	d.Causes = c.classify(left, right)
	return d, nil
}

// sight is the bytes around a run that differs.
type sight struct {
	data     []byte
	from, to int   // the run, in data
	cut      int64 // bytes of the run that are not in data
	offset   int64 // of data in its part
}

func look(a Artifact, from, to int64) (sight, error) {
	start := max(from-maxLook, 0)
	end := min(to, from+maxLook)
	data, err := a.around(start, end-start+maxLook)
	return sight{data, int(from - start), int(end - start), to - end, start}, err
}

func (s sight) excerpt() *Excerpt {
	e := excerpt(s.data, s.from, s.to)
	if s.cut > 0 { // the context behind is that of the end of data, not of the run
		e.Cut, e.After = e.Cut+s.cut, ""
	}
	return e
}

// token is the run and what belongs to it on both ends, empty if the run itself
// has a byte that does not belong.
func (s sight) token(within func(byte) bool) []byte {
	for _, c := range s.run() {
		if !within(c) {
			return nil
		}
	}
	if s.cut > 0 {
		return nil
	}
	return s.wider(within).run()
}

// run is the bytes that differ.
func (s sight) run() []byte { return s.data[s.from:s.to] }

// wider grows the run while within allows it, on both ends.
func (s sight) wider(within func(byte) bool) sight {
	for s.from > 0 && within(s.data[s.from-1]) {
		s.from--
	}
	for s.cut == 0 && s.to < len(s.data) && within(s.data[s.to]) {
		s.to++
	}
	return s
}

// reordered reports that both sides are made of the same bytes, or the same
// strings, in another order. Few bytes are the same by chance.
func reordered(a, b Artifact) ([]Cause, error) {
	if a.Size != b.Size || a.Size < 8 {
		return nil, nil
	}
	left, err := histogram(a)
	if err != nil {
		return nil, err
	}
	right, err := histogram(b)
	if err != nil || left != right {
		return nil, err
	}
	distinct := 0
	for _, n := range left {
		if n > 0 {
			distinct++
		}
	}
	if distinct < 8 {
		return nil, nil
	}
	return []Cause{{Class: Order, Evidence: "both sides consist of the same bytes in another order"}}, nil
}

func histogram(a Artifact) (count [256]int64, err error) {
	for at := int64(0); at < a.Size; at += window {
		data, err := a.around(at, window)
		if err != nil {
			return count, err
		}
		for _, c := range data {
			count[c]++
		}
	}
	return count, nil
}
