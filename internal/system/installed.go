package system

// Missing returns those of the named packages that are not installed on the
// host at root, in the order given. Names are as in Request.Packages.
func Missing(root string, names []string) ([]string, error) {
	db, _, err := loadDatabase(newTree(root))
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range names {
		r, err := parseRelation(name)
		if err != nil {
			return nil, err
		}
		if len(db.satisfying(r, db.native)) == 0 {
			missing = append(missing, name)
		}
	}
	return missing, nil
}
