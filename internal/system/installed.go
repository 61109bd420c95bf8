package system

// Missing returns those of the named packages that are not installed on the
// host at root, in the order given, and the manager that was asked. Names are
// as in Request.Packages; nil stands for the manager's Base.
func Missing(root string, names []string) ([]string, *Manager, error) {
	db, _, err := open(newTree(root))
	if err != nil {
		return nil, nil, err
	}
	m := db.manager()
	if names == nil {
		names = m.Base
	}
	var missing []string
	for _, name := range names {
		found, err := db.find(name)
		if err != nil {
			return nil, nil, badName(name, err)
		}
		if len(found) == 0 {
			missing = append(missing, name)
		}
	}
	return missing, m, nil
}
