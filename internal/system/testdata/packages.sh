# The packages of the recorded databases, in the words of record.sh. They are
# named and related like those of the distributions, and hold next to nothing.

rpm_package filesystem x86_64 3.18 8.fc40 '' <<END
d /usr/bin
d /usr/lib
d /usr/lib64
l /bin usr/bin
l /lib usr/lib
l /lib64 usr/lib64
c /etc/profile
END
rpm_package rpm x86_64 4.19.1 1.fc40 'Requires: coreutils\nRequires(post): never-there' <<END
x /usr/bin/rpm
END
rpm_package glibc x86_64 2.39 8.fc40 'Provides: libc.so.6()(64bit), libc.so.6(GLIBC_2.34)(64bit)\nRequires: filesystem, (glibc-gconv-extra if redhat-rpm-config), (glibc-langpack-de or glibc-minimal-langpack or glibc-all-langpacks)' <<END
x /usr/lib64/libc.so.6
x /usr/lib64/ld-linux-x86-64.so.2
g /etc/ld.so.cache
g /usr/lib64/gconv/gconv-modules.cache
END
rpm_package glibc-minimal-langpack x86_64 2.39 8.fc40 '' </dev/null
rpm_package glibc-devel x86_64 2.39 8.fc40 'Requires: glibc%{?_isa} = 2.39-8.fc40, kernel-headers >= 3.2' <<END
f /usr/include/stdio.h
f /usr/lib64/crt1.o
END
rpm_package kernel-headers noarch 6.8.0~rc1 300.fc40 '' <<END
f /usr/include/linux/types.h
END
rpm_package binutils x86_64 2.41 34.fc40 'Epoch: 2\nRequires: libc.so.6()(64bit), /usr/bin/sh, (annobin-plugin-gcc if gcc-plugin-annobin else filesystem)' <<END
x /usr/bin/ld.bfd
x /usr/bin/as
g /usr/bin/ld
o /usr/share/binutils/README
d /usr/share/binutils
END
rpm_package gcc x86_64 14.1.1 1.fc40 'Requires: glibc-devel >= 2.2.90, binutils >= 2.31, libc.so.6(GLIBC_2.34)(64bit), (libz.so.1()(64bit) with zlib-ng-compat%{?_isa})' <<END
x /usr/bin/gcc
l /usr/bin/cc gcc
x /usr/libexec/gcc/x86_64-redhat-linux/14/cc1
o /usr/share/man/man1/gcc.1
END
rpm_package zlib-ng-compat x86_64 2.1.6^20240301git 2.fc40 'Provides: libz.so.1()(64bit)' <<END
x /usr/lib64/libz.so.1.3
l /usr/lib64/libz.so.1 libz.so.1.3
END
rpm_package zlib-ng-compat i686 2.1.6^20240301git 2.fc40 'Provides: libz.so.1' <<END
x /usr/lib/libz.so.1.3
l /usr/lib/libz.so.1 libz.so.1.3
END
rpm_package bash x86_64 5.2.26 3.fc40 'Provides: /bin/sh\nRequires: libc.so.6()(64bit)' <<END
x /usr/bin/bash
l /usr/bin/sh bash
c /etc/bashrc
END
rpm_package coreutils x86_64 9.4 7.fc40 'Requires: libc.so.6()(64bit)\nRecommends: absent' <<END
x /usr/bin/ls
END
rpm_package make x86_64 4.4.1 6.fc40 'Requires: /usr/bin/sh, libc.so.6()(64bit)' <<END
x /usr/bin/make
END
# A header that needs overflow pages.
rpm_package ImageMagick x86_64 7.1.1 4.fc40 'Requires: coreutils' < <(
	echo 'x /usr/bin/convert'
	for i in $(seq 1000 1299); do echo "f /usr/share/ImageMagick/profile-$i.xml"; done
)
# Files of a package without its dependency, as --nodeps leaves it.
rpm_package broken x86_64 1 1.fc40 'Requires: (absent and bash)' </dev/null

pacman_package filesystem any 2024.04.07 'backup=(etc/profile etc/removed)' <<END
d /usr/bin
d /usr/lib
l /bin usr/bin
l /lib usr/lib
l /lib64 usr/lib
f /etc/profile
f /etc/removed
END
pacman_package pacman x86_64 6.1.0 'depends=(glibc)' <<END
x /usr/bin/pacman
END
pacman_package glibc x86_64 2.39+r52+gf8e4623421 "depends=('linux-api-headers>=4.10' filesystem)" <<END
x /usr/lib/libc.so.6
x /usr/lib/ld-linux-x86-64.so.2
f /usr/lib/crt1.o
f /usr/include/stdio.h
END
pacman_package linux-api-headers any 6.8 '' <<END
f /usr/include/linux/types.h
END
pacman_package binutils x86_64 2.42 "depends=(glibc 'libz.so=1-64')" <<END
x /usr/bin/ld
x /usr/bin/as
END
pacman_package zlib x86_64 1.3.1 "epoch=1\ndepends=(glibc)\nprovides=('libz.so=1-64')" <<END
x /usr/lib/libz.so.1.3.1
l /usr/lib/libz.so.1 libz.so.1.3.1
l /usr/lib/libz.so libz.so.1.3.1
END
pacman_package gcc-libs x86_64 14.1.1 "depends=('glibc>=2.27')" <<END
x /usr/lib/libgcc_s.so.1
END
pacman_package gcc x86_64 14.1.1 "depends=('gcc-libs=14.1.1-1' 'binutils>=2.28')" <<END
x /usr/bin/gcc
l /usr/bin/cc gcc
f /usr/share/info/gcc.info
END
pacman_package bash x86_64 5.2.026 'depends=(glibc)\nprovides=(sh)' <<END
x /usr/bin/bash
l /usr/bin/sh bash
END
pacman_package make x86_64 4.4.1 "depends=(glibc sh)\noptdepends=('guile: for guile in make files')" <<END
x /usr/bin/make
END
pacman_package broken x86_64 1 'depends=(absent)' </dev/null
