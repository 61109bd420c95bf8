package explain

// The packages in which Debian has what build scripts ask for most, for hosts
// that have it not. They are a proposal for a person; what a host has, its own
// package database says.

var debianPrograms = map[string]string{
	"cmake": "cmake", "ninja": "ninja-build", "make": "make", "gmake": "make", "meson": "meson",
	"protoc": "protobuf-compiler", "flatc": "flatbuffers-compiler", "capnp": "capnproto", "thrift": "thrift-compiler",
	"pkg-config": "pkg-config", "git": "git", "python3": "python3", "python": "python-is-python3", "perl": "perl",
	"sh": "dash", "bash": "bash", "sed": "sed", "grep": "grep", "awk": "mawk", "patch": "patch", "diff": "diffutils",
	"tar": "tar", "gzip": "gzip", "bzip2": "bzip2", "xz": "xz-utils", "unzip": "unzip", "zstd": "zstd",
	"autoconf": "autoconf", "autoreconf": "autoconf", "automake": "automake", "aclocal": "automake", "libtoolize": "libtool", "m4": "m4",
	"nasm": "nasm", "yasm": "yasm", "flex": "flex", "bison": "bison", "swig": "swig", "gperf": "gperf", "xxd": "xxd",
	"g++": "g++", "c++": "g++", "clang": "clang", "clang++": "clang", "llvm-config": "llvm-dev", "lld": "lld", "mold": "mold",
	"gfortran": "gfortran", "go": "golang-go", "node": "nodejs", "npm": "npm", "java": "default-jre-headless", "javac": "default-jdk-headless",
	"curl": "curl", "wget": "wget", "glslc": "glslc", "glslangValidator": "glslang-tools", "wayland-scanner": "libwayland-bin",
	"musl-gcc": "musl-tools", "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu", "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
	"pg_config": "libpq-dev", "mysql_config": "libmariadb-dev", "mariadb_config": "libmariadb-dev",
}

var debianModules = map[string]string{
	"openssl": "libssl-dev", "libssl": "libssl-dev", "libcrypto": "libssl-dev", "zlib": "zlib1g-dev", "sqlite3": "libsqlite3-dev",
	"libcurl": "libcurl4-openssl-dev", "libgit2": "libgit2-dev", "libssh2": "libssh2-1-dev", "libpq": "libpq-dev", "libzstd": "libzstd-dev",
	"liblzma": "liblzma-dev", "bzip2": "libbz2-dev", "dbus-1": "libdbus-1-dev", "libudev": "libudev-dev", "alsa": "libasound2-dev",
	"x11": "libx11-dev", "xcb": "libxcb1-dev", "fontconfig": "libfontconfig-dev", "freetype2": "libfreetype-dev", "libpng": "libpng-dev",
	"glib-2.0": "libglib2.0-dev", "gtk+-3.0": "libgtk-3-dev", "gtk4": "libgtk-4-dev", "cairo": "libcairo2-dev", "wayland-client": "libwayland-dev",
	"libusb-1.0": "libusb-1.0-0-dev", "libsodium": "libsodium-dev", "libseccomp": "libseccomp-dev", "libffi": "libffi-dev", "libxml-2.0": "libxml2-dev",
	"libavcodec": "libavcodec-dev", "libpcap": "libpcap-dev", "gstreamer-1.0": "libgstreamer1.0-dev", "xkbcommon": "libxkbcommon-dev",
}

var debianHeaders = map[string]string{
	"openssl/opensslv.h": "libssl-dev", "openssl/ssl.h": "libssl-dev", "openssl/crypto.h": "libssl-dev", "zlib.h": "zlib1g-dev",
	"sqlite3.h": "libsqlite3-dev", "curl/curl.h": "libcurl4-openssl-dev", "libpq-fe.h": "libpq-dev", "zstd.h": "libzstd-dev", "lzma.h": "liblzma-dev",
	"bzlib.h": "libbz2-dev", "dbus/dbus.h": "libdbus-1-dev", "libudev.h": "libudev-dev", "alsa/asoundlib.h": "libasound2-dev", "X11/Xlib.h": "libx11-dev",
	"Python.h": "python3-dev", "ffi.h": "libffi-dev", "sodium.h": "libsodium-dev", "pcap.h": "libpcap-dev", "pcap/pcap.h": "libpcap-dev",
	"linux/types.h": "linux-libc-dev", "clang-c/Index.h": "libclang-dev", "mysql.h": "libmariadb-dev", "png.h": "libpng-dev",
}

var debianLibraries = map[string]string{
	"ssl": "libssl-dev", "crypto": "libssl-dev", "z": "zlib1g-dev", "sqlite3": "libsqlite3-dev", "curl": "libcurl4-openssl-dev", "pq": "libpq-dev",
	"zstd": "libzstd-dev", "lzma": "liblzma-dev", "bz2": "libbz2-dev", "dbus-1": "libdbus-1-dev", "udev": "libudev-dev", "asound": "libasound2-dev",
	"X11": "libx11-dev", "xcb": "libxcb1-dev", "ffi": "libffi-dev", "sodium": "libsodium-dev", "pcap": "libpcap-dev", "stdc++": "g++", "clang": "libclang-dev",
	"fontconfig": "libfontconfig-dev", "freetype": "libfreetype-dev", "png": "libpng-dev", "readline": "libreadline-dev", "ncurses": "libncurses-dev",
	"ncursesw": "libncurses-dev", "tinfo": "libncurses-dev", "usb-1.0": "libusb-1.0-0-dev", "mariadb": "libmariadb-dev", "mysqlclient": "libmariadb-dev",
}
