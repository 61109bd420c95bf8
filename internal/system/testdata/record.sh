#!/bin/bash
# Makes the recorded databases of this directory with the package managers
# themselves: small packages are built by rpmbuild and makepkg, and installed by
# rpm and pacman into empty roots. Nothing but the databases and a list of what
# the roots hold is kept; the tests make the roots again from that.
#
# Needs rpm, rpmbuild, pacman and makepkg in PATH, and an ordinary user for
# makepkg, which refuses root: AS="setpriv --reuid=65534 --clear-groups" ./record.sh
# The database of apk, for which no build tool was at hand, is written by hand.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
export SOURCE_DATE_EPOCH=1700000000

# make_files TABLE DESTINATION: the files of a package. A line is a kind and a
# path: d directory, l link and target, x program, f file, g ghost, o document.
make_files() {
	while read -r kind path rest; do
		case $kind in
		d) echo "mkdir -p \"$2$path\"" ;;
		l) echo "mkdir -p \"\$(dirname \"$2$path\")\"; ln -s $rest \"$2$path\"" ;;
		x) echo "install -D -m 755 /dev/null \"$2$path\"" ;;
		*) echo "install -D -m 644 /dev/null \"$2$path\"" ;;
		esac
	done <"$1"
}

# rpm_package NAME ARCH VERSION RELEASE HEADER: files on the standard input.
rpm_package() {
	cat >"$work/files"
	{
		printf 'Name: %s\nVersion: %s\nRelease: %s\nSummary: %s of a test\nLicense: MIT\nAutoReqProv: no\n' "$1" "$3" "$4" "$1"
		[ "$2" != noarch ] || echo 'BuildArch: noarch'
		printf '%b\n\n%%description\n%s\n\n%%install\n' "$5" "$1"
		make_files "$work/files" '%{buildroot}'
		echo '%files'
		while read -r kind path rest; do
			case $kind in
			d) echo "%dir $path" ;;
			g) echo "%ghost $path" ;;
			o) echo "%doc $path" ;;
			c) echo "%config(noreplace) $path" ;;
			*) echo "$path" ;;
			esac
		done <"$work/files"
	} >"$work/$1.spec"
	rpmbuild -bb --quiet --target "$2" --define "_topdir $work/rpm" --define 'debug_package %{nil}' \
		--define '_build_id_links none' --define '__os_install_post %{nil}' --define '_buildhost localhost' "$work/$1.spec" >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; exit 1; }
}

# pacman_package NAME ARCH VERSION FIELDS: files on the standard input.
pacman_package() {
	mkdir -p "$work/pacman/$1"
	cat >"$work/files"
	{
		printf "pkgname=%s\npkgver=%s\npkgrel=1\npkgdesc='%s of a test'\narch=(%s)\nlicense=(MIT)\n%b\npackage() {\n" "$1" "$3" "$1" "$2" "$4"
		make_files "$work/files" '$pkgdir'
		printf ':\n}\n'
	} >"$work/pacman/$1/PKGBUILD"
	chmod -R a+rwX "$work/pacman"
	(cd "$work/pacman/$1" && ${AS:-} env HOME="$work/pacman" PKGEXT=.pkg.tar.gz PKGDEST="$work/pacman" BUILDDIR="$work/pacman/build" \
		makepkg --nodeps --nosign >"$work/pacman/log" 2>&1) || { cat "$work/pacman/log" >&2; exit 1; }
}

# tree ROOT: what it holds, without the databases: kind, mode, path, target.
tree() {
	find "$1" -mindepth 1 \( -path "$1/usr/lib/sysimage" -o -path "$1/var" \) -prune -o \( -type f -o -type l \) -printf '%y %m %P %l\n' | sed 's/ $//' | LC_ALL=C sort -k3
}

. "$here/packages.sh"

mkdir "$work/fedora"
rpm --root "$work/fedora" --dbpath /usr/lib/sysimage/rpm --define '_db_backend sqlite' --force-debian --nosignature --ignoreos --nodeps \
	--excludedocs --install "$work"/rpm/RPMS/*/*.rpm
gzip -9n <"$work/fedora/usr/lib/sysimage/rpm/rpmdb.sqlite" >"$here/fedora.sqlite.gz"
tree "$work/fedora" >"$here/fedora.tree"

mkdir -p "$work/arch/var/lib/pacman"
printf '[options]\nArchitecture = x86_64\nLocalFileSigLevel = Never\n' >"$work/pacman.conf"
(cd "$work" && pacman --config pacman.conf --root "$work/arch" --dbpath "$work/arch/var/lib/pacman" --cachedir "$work" --gpgdir "$work" \
	--hookdir "$work" --logfile "$work/log" --noscriptlet --noconfirm -Udd pacman/*.pkg.tar.gz >"$work/log" 2>&1) || { cat "$work/log" >&2; exit 1; }
(
	echo "Recorded by record.sh with $(pacman --version | sed -n 's/.*\(Pacman v[0-9.]*\).*/\1/p')."
	cd "$work/arch/var/lib/pacman/local"
	for file in ALPM_DB_VERSION */desc */files; do
		echo "-- $file --"
		cat "$file"
	done
) >"$here/arch.txtar"
tree "$work/arch" >"$here/arch.tree"
