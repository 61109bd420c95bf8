package rpmdb

import "strings"

// The file format is SQLite's documentation "Database File Format", which its
// authors promise to keep readable until 2050. Numbers are big-endian.
const (
	sqliteMagic      = "SQLite format 3\x00"
	sqliteHeaderSize = 100
	tableInterior    = 0x05
	tableLeaf        = 0x0d
	maxDepth         = 40 // of a b-tree; SQLite's own limit is 20
)

// sqlite is a database file of which whole tables can be walked.
type sqlite struct {
	data     string
	pageSize int
	usable   int // bytes of a page that are not reserved for extensions
	budget   int // pages left to visit: no table visits a page twice
}

// row is one row of a table: its key, and the values before decoding.
type row struct {
	id      uint64
	payload string
}

// sqliteBlobs returns the table Packages (hnum INTEGER PRIMARY KEY, blob BLOB).
func sqliteBlobs(data string) ([]blob, error) {
	db, err := openSQLite(data)
	if err != nil {
		return nil, err
	}
	root, err := db.rootOf("Packages")
	if err != nil {
		return nil, err
	}
	rows, err := db.table(root)
	if err != nil {
		return nil, err
	}
	blobs := make([]blob, 0, len(rows))
	for _, r := range rows {
		values, err := columns(r.payload)
		if err != nil {
			return nil, err
		}
		// The key is an alias of the row's own number and stored as nothing.
		if len(values) != 2 || values[0].kind != 0 || !values[1].isBlob() {
			return nil, damaged("row %d of the table Packages is not a number and a blob", r.id)
		}
		blobs = append(blobs, blob{r.id, values[1].data})
	}
	return blobs, nil
}

func openSQLite(data string) (*sqlite, error) {
	if len(data) < sqliteHeaderSize || !strings.HasPrefix(data, sqliteMagic) {
		return nil, damaged("the file is not an SQLite database")
	}
	size := int(u16(data[16:]))
	if size == 1 {
		size = 65536
	}
	if size < 512 || size > 65536 || size&(size-1) != 0 || len(data)%size != 0 {
		return nil, damaged("pages of %d bytes do not fit a file of %d", size, len(data))
	}
	usable := size - int(data[20])
	if usable < 480 {
		return nil, damaged("of a page only %d bytes are usable", usable)
	}
	// Names of tables are compared as UTF-8, which rpm's databases are in.
	if encoding := u32(data[56:]); encoding != 1 {
		return nil, damaged("the text encoding is number %d", encoding)
	}
	return &sqlite{data: data, pageSize: size, usable: usable, budget: len(data) / size}, nil
}

// page returns page number n, counted from 1.
func (db *sqlite) page(n uint32) (string, error) {
	if n == 0 || int64(n) > int64(len(db.data)/db.pageSize) {
		return "", damaged("there is no page %d", n)
	}
	if db.budget == 0 {
		return "", damaged("a table has more pages than the file")
	}
	db.budget--
	at := int(n-1) * db.pageSize
	return db.data[at : at+db.pageSize], nil
}

// rootOf finds the first page of a table in the schema, whose columns are
// type, name, tbl_name, rootpage and sql.
func (db *sqlite) rootOf(table string) (uint32, error) {
	rows, err := db.table(1)
	if err != nil {
		return 0, err
	}
	db.budget = len(db.data) / db.pageSize
	for _, r := range rows {
		values, err := columns(r.payload)
		if err != nil {
			return 0, err
		}
		if len(values) != 5 {
			return 0, damaged("a row of the schema has %d columns", len(values))
		}
		if values[0].data == "table" && values[1].data == table {
			root, ok := values[3].integer()
			if !ok || root == 0 || root > 1<<32-1 {
				return 0, damaged("the table %s has no first page", table)
			}
			return uint32(root), nil
		}
	}
	return 0, damaged("there is no table %s", table)
}

// table returns all rows of the table whose b-tree starts at page root.
func (db *sqlite) table(root uint32) ([]row, error) {
	var rows []row
	var walk func(n uint32, depth int) error
	walk = func(n uint32, depth int) error {
		if depth == maxDepth {
			return damaged("a table is deeper than %d pages", maxDepth)
		}
		page, err := db.page(n)
		if err != nil {
			return err
		}
		head := 0
		if n == 1 {
			head = sqliteHeaderSize
		}
		kind, cells := page[head], int(u16(page[head+3:]))
		pointers := head + 8
		if kind == tableInterior {
			pointers += 4
		} else if kind != tableLeaf {
			return damaged("page %d is of kind %d, not of a table", n, kind)
		}
		if pointers+2*cells > db.usable {
			return damaged("page %d has no room for its %d cells", n, cells)
		}
		for i := range cells {
			at := int(u16(page[pointers+2*i:]))
			if at+4 > db.usable {
				return damaged("cell %d of page %d lies outside of it", i, n)
			}
			if kind == tableInterior {
				if err := walk(u32(page[at:]), depth+1); err != nil {
					return err
				}
				continue
			}
			r, err := db.cell(page[at:db.usable])
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		if kind == tableInterior {
			return walk(u32(page[head+8:]), depth+1)
		}
		return nil
	}
	return rows, walk(root, 0)
}

// cell reads a leaf's cell: the size of the payload, the row's number, and what
// of the payload fits here; the rest is in a chain of overflow pages.
func (db *sqlite) cell(text string) (row, error) {
	size, text, ok := varint(text)
	if !ok || size > uint64(len(db.data)) {
		return row{}, damaged("a row is larger than the file")
	}
	id, text, ok := varint(text)
	if !ok {
		return row{}, damaged("a row has no number")
	}
	local := int(size)
	// The limits are those of "Cell payload overflow pages" for table leaves.
	if limit := db.usable - 35; local > limit {
		least := (db.usable-12)*32/255 - 23
		local = least + (local-least)%(db.usable-4)
		if local > limit {
			local = least
		}
	}
	whole := local == int(size)
	if local > len(text) || !whole && local+4 > len(text) {
		return row{}, damaged("a row is cut off")
	}
	if whole {
		return row{id, text[:local]}, nil
	}
	payload := append(make([]byte, 0, size), text[:local]...)
	for next := u32(text[local:]); len(payload) < int(size); {
		page, err := db.page(next)
		if err != nil {
			return row{}, err
		}
		payload = append(payload, page[4:4+min(db.usable-4, int(size)-len(payload))]...)
		next = u32(page)
	}
	return row{id, string(payload)}, nil
}
