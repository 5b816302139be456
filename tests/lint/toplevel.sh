#!/bin/sh
# toplevel.sh - the top of the tree is fixed (the layers, their data, their tests), what a build leaves aside.
set -eu
status=0
for entry in *; do
	case $entry in
	CMakeLists.txt | README.md | LICENSE) kind="file" ;;
	scanner | parsers | output | bench | tests | datasets) kind=folder ;;
	build | build-* | out | out-* | compile_commands.json) continue ;; # ignored by git
	*)
		echo "$entry: does not belong at the top of the tree"
		status=1
		continue
		;;
	esac
	found="file"
	[ ! -d "$entry" ] || found=folder
	[ "$kind" = "$found" ] || {
		echo "$entry: should be a $kind"
		status=1
	}
done
for entry in CMakeLists.txt README.md LICENSE scanner parsers output bench tests datasets; do
	[ -e "$entry" ] || {
		echo "$entry: is missing"
		status=1
	}
done
exit $status
