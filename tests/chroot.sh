#!/bin/bash
# chroot.sh - prove the two commands of the README on fresh minimal systems.
#
#   tests/chroot.sh [SUITE[:STEP,...]]...   default: bookworm:demo,tests trixie:demo,tests
#
# For each Debian release: debootstrap a minimal system with git, clone this repository into it, and run
# the steps there: demo (datasets/demo), tests (tests/run), quick (tests/run --quick). The committed state
# is what is tested. Needs root and debootstrap. The mirror and the network settings are the ones apt is
# configured with on this machine. Mounts and processes live in namespaces that end with the step, so
# nothing is left behind but, with KEEP=1, the systems themselves.
# Environment: CHROOTS (where; default a new folder in /var/tmp), KEEP, NAMES (names of the demo).
set -u
cd "$(dirname "$0")/.." || exit 3

die()
{
	echo "chroot.sh: $*" >&2
	exit 3
}

[ "$(id -u)" -eq 0 ] || die "needs root"
command -v debootstrap >/dev/null || die "needs debootstrap"
# shellcheck disable=SC2016 # apt expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
	grep -E '/debian/?$' | head -n 1)
[ -n "$mirror" ] || die "apt on this machine knows no Debian mirror"

top=${CHROOTS:-$(mktemp -d /var/tmp/mtasweep-chroot.XXXXXX)}
mkdir -p "$top"
cleanup()
{
	[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$top"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# prepare SUITE: a minimal system with git and our commit in /src/mtasweep.
prepare()
{
	local root=$top/$1
	if [ ! -x "$root/usr/bin/git" ]; then
		debootstrap --variant=minbase --include=git,ca-certificates "$1" "$root" "$mirror" \
			>"$top/$1-debootstrap.log" 2>&1 || {
			tail -n 5 "$top/$1-debootstrap.log"
			return 1
		}
		echo "deb $mirror $1 main" >"$root/etc/apt/sources.list"
		apt-config dump | grep -E '^Acquire::(http|https|Check|Retries)' \
			>"$root/etc/apt/apt.conf.d/90host"
	fi
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	rm -rf "$root/src"
	mkdir -p "$root/src"
	git clone -q --no-hardlinks . "$root/src/mtasweep" &&
		git -C "$root/src/mtasweep" checkout -q --detach "$(git rev-parse HEAD)" || return 1
	[ ! -d ../shared ] || cp -r ../shared "$root/src/shared"
}

# inside SUITE COMMAND...: in the system, with its own processes and mounts.
inside()
{
	local root=$top/$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		NAMES="${NAMES:-}" LAB_NAMES="${LAB_NAMES:-}" \
		unshare --mount --pid --fork --kill-child bash -c '
			root=$1; shift
			mount -t proc proc "$root/proc" &&
				mount --rbind /dev "$root/dev" &&
				mount --rbind /sys "$root/sys" || exit 3
			[ -n "$NAMES" ] || unset NAMES
			[ -n "$LAB_NAMES" ] || unset LAB_NAMES
			exec chroot "$root" sh -c "cd /src/mtasweep && exec \"\$@\"" sh "$@"' \
		bash "$root" "$@"
}

passed=0 failed=0
# step SUITE NAME COMMAND...
step()
{
	local suite=$1 name=$2 begin=$SECONDS
	shift 2
	if "$@" >"$top/$suite-$name.log" 2>&1; then
		tail -n 25 "$top/$suite-$name.log" | sed "s/^/$suite $name | /"
		echo "ok   $suite $name ($((SECONDS - begin)) s)"
		passed=$((passed + 1))
	else
		tail -n 100 "$top/$suite-$name.log" | sed "s/^/$suite $name | /"
		echo "FAIL $suite $name ($((SECONDS - begin)) s)"
		failed=$((failed + 1))
		return 1
	fi
}

[ $# -gt 0 ] || set -- bookworm:demo,tests trixie:demo,tests
for argument in "$@"; do
	suite=${argument%%:*}
	steps=${argument#"$suite"}
	steps=${steps#:}
	step "$suite" prepare prepare "$suite" || continue
	for name in $(tr , ' ' <<<"${steps:-demo,tests}"); do
		case $name in
		demo) step "$suite" demo inside "$suite" ./datasets/demo ;;
		tests) step "$suite" tests inside "$suite" ./tests/run ;;
		quick) step "$suite" quick inside "$suite" ./tests/run --quick ;;
		*) die "no step '$name'; there are: demo tests quick" ;;
		esac
	done
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
