# tool.sh - a neighbour's program, found or fetched from Debian. Prints its path.

# NAME PACKAGE: installed where it is not there.
tool() {
	command -v "$1" && return
	apt-get install -y -q --no-install-recommends "$2" >/dev/null 2>&1 && command -v "$1"
}

# NAME PACKAGE: unpacked below $folder; installed, the package would start a server.
tool_alone() {
	local path
	command -v "$1" && return
	(cd "$folder" && apt-get download -q "$2" && dpkg -x "$2"_*.deb "$2") >/dev/null 2>&1 || return 1
	for path in "$folder/$2"/usr/{bin,sbin}/"$1"; do
		if [ -x "$path" ]; then
			echo "$path"
			return
		fi
	done
	return 1
}
