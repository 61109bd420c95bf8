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

// Inventory is what a host has, whether or not a layer can be made of it.
type Inventory struct {
	Source       string // distribution and release, as in `debian 12`
	Architecture string // the host's own, as the manager names it
	Manager      *Manager
	Packages     []Package // installed ones, in the order of the database
}

// TakeInventory lists the packages of the host at root.
func TakeInventory(root string) (*Inventory, error) {
	db, release, err := open(newTree(root))
	if err != nil {
		return nil, err
	}
	i := &Inventory{Source: release.source, Architecture: db.native(), Manager: db.manager()}
	for _, p := range db.installed() {
		i.Packages = append(i.Packages, *p)
	}
	return i, nil
}
