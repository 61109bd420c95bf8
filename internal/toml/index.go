package toml

import "github.com/pelletier/go-toml/v2/unstable"

// node remembers where a key and its value stand. The tree has the shape of
// the document's values.
//
// It is made with go-toml's `unstable` parser, the only one of its interfaces
// that gives positions of keys that are present. "Unstable" means that the
// interface may change with a minor version; go.mod pins one.
type node struct {
	offset   int // of the key, or of the element of an array, in bytes
	value    int // of a scalar value, in bytes; 0 where unknown (no value can stand at 0)
	keys     map[string]*node
	elements []*node
}

// step follows one step of a path: a key or an index. It is nil if there is
// nothing.
func (n *node) step(step any) *node {
	switch s := step.(type) {
	case string:
		return n.keys[s]
	case int:
		if s >= 0 && s < len(n.elements) {
			return n.elements[s]
		}
	}
	return nil
}

// child returns the node of a key, made if missing. The first mention of a
// table is its place.
func (n *node) child(key *unstable.Node) *node {
	name := string(key.Data)
	c := n.keys[name]
	if c == nil {
		if n.keys == nil {
			n.keys = map[string]*node{}
		}
		c = &node{offset: int(key.Raw.Offset)}
		n.keys[name] = c
	}
	return c
}

// last returns the table that a header or key goes on from: for an array of
// tables the newest element.
func (n *node) last() *node {
	if len(n.elements) > 0 {
		return n.elements[len(n.elements)-1]
	}
	return n
}

// index makes the tree of a document that go-toml has already accepted, so
// redefinitions and other clashes need no check, and its parser cannot fail
// here; if it ever does, what comes later has the place of what encloses it.
func index(data []byte) *node {
	var parser unstable.Parser
	parser.Reset(data)
	root := &node{}
	table := root
	for parser.NextExpression() {
		e := parser.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = root
			for keys := e.Key(); keys.Next(); {
				parent := table.last()
				table = parent.child(keys.Node())
				if keys.IsLast() && e.Kind == unstable.ArrayTable {
					table.elements = append(table.elements, &node{offset: int(keys.Node().Raw.Offset)})
				}
			}
			table = table.last()
		case unstable.KeyValue:
			table.add(e)
		}
	}
	return root
}

// add enters `a.b = value` below n.
func (n *node) add(keyValue *unstable.Node) {
	at := n
	for keys := keyValue.Key(); keys.Next(); {
		at = at.child(keys.Node())
	}
	at.fill(keyValue.Value())
}

// fill enters a value. Recursion is bounded: go-toml refuses more than 10000
// levels.
func (n *node) fill(value *unstable.Node) {
	switch value.Kind {
	case unstable.InlineTable:
		for children := value.Children(); children.Next(); {
			n.add(children.Node())
		}
	case unstable.Array:
		for children := value.Children(); children.Next(); {
			element := children.Node()
			c := &node{offset: n.offset}
			if element.Raw.Length > 0 {
				c.offset = int(element.Raw.Offset)
			}
			c.fill(element)
			n.elements = append(n.elements, c)
		}
	default:
		if value.Raw.Length > 0 {
			n.value = int(value.Raw.Offset)
		}
	}
}
