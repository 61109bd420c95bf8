package compare

// debugLines reads the directories and files of every line table: the sequences
// of strings of versions 2 to 4, and the described entries of version 5.
func (t *debugTables) debugLines(facts debugFacts) error {
	all := t.cursor(".debug_line")
	total := 0
	for all.at < len(all.data) {
		size, wide := all.initialLength()
		c := cursor{data: all.take(size), order: t.order}
		if all.bad {
			return malformedf("a line table beyond its section")
		}
		u := debugUnit{version: int(c.number(2)), offset: 4}
		if wide {
			u.offset = 8
		}
		if u.version == 5 {
			u.address = int(c.number(1))
			c.take(1) // size of a segment selector
		}
		header := c.number(u.offset)
		c.data = c.data[:c.at+int(min(header, uint64(len(c.data)-c.at)))]
		c.take(1) // least length of an instruction
		if u.version >= 4 {
			c.take(1) // operations of one
		}
		c.take(3) // whether statements are marked, base and range of special opcodes
		if n := c.number(1); n > 0 {
			c.take(n - 1) // lengths of the standard opcodes
		}
		var directories, files []string
		switch {
		case u.version >= 2 && u.version <= 4:
			directories, files = oldLines(&c)
		case u.version == 5:
			directories = t.newLines(&c, u)
			files = t.newLines(&c, u)
		}
		if total += len(directories) + len(files); total > maxItems {
			return malformedf("line tables with more than %d files", maxItems)
		}
		facts["directory of a line table"] = append(facts["directory of a line table"], directories...)
		facts["file of a line table"] = append(facts["file of a line table"], files...)
	}
	return nil
}

// oldLines reads strings up to an empty one, and files with three numbers each.
func oldLines(c *cursor) (directories, files []string) {
	for text := c.text(); text != ""; text = c.text() {
		directories = append(directories, text)
	}
	for text := c.text(); text != ""; text = c.text() {
		files = append(files, text)
		c.uleb() // directory
		c.uleb() // time of the file
		c.uleb() // its size
	}
	return directories, files
}

// newLines reads entries by the description of their fields, and keeps the paths.
func (t *debugTables) newLines(c *cursor, u debugUnit) []string {
	const path = 1 // DW_LNCT_path
	fields := make([]struct{ content, form uint64 }, c.number(1))
	for i := range fields {
		fields[i].content, fields[i].form = c.uleb(), c.uleb()
	}
	var names []string
	for n := c.uleb(); n > 0 && !c.bad; n-- {
		before := c.at
		for _, f := range fields {
			text, ok := t.form(c, u, f.form)
			if !ok || c.bad {
				return names
			}
			if f.content == path && text != "" {
				names = append(names, text)
			}
		}
		if c.at == before { // entries without a byte would go on for ever
			return names
		}
	}
	return names
}
