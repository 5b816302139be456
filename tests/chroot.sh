#!/bin/bash
# chroot.sh - prove the two commands of the README, and the packages, on fresh minimal systems.
#
#   tests/chroot.sh [SUITE[:STEP,...]]...   default: bookworm:demo,tests,deb trixie:demo,tests,deb
#
# For each Debian release: debootstrap a minimal system with git (and, from an older release, with tools of the tests that
# it has no more), clone this repository into it, and run the steps there: demo (datasets/demo), tests (tests/run), quick (tests/run --quick), deb (build the deb, the
# rpm and the source tarball; build the tarball; install the deb in a second system that has nothing else, and
# scan, check and remove it there). The committed state is what is tested. Needs root and debootstrap. The mirror and the network settings are the ones apt is
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

# system NAME SUITE [PACKAGE,...]: a minimal system with these packages in $top/NAME.
system()
{
	local root=$top/$1 name=$1 suite=$2 include=${3:+--include=$3}
	if [ ! -x "$root/usr/bin/apt-get" ]; then
		# shellcheck disable=SC2086 # one word or none
		debootstrap --variant=minbase $include "$suite" "$root" "$mirror" >"$top/$name-debootstrap.log" 2>&1 || {
			tail -n 5 "$top/$name-debootstrap.log"
			return 1
		}
		echo "deb $mirror $suite main" >"$root/etc/apt/sources.list"
		apt-config dump | grep -E '^Acquire::(http|https|Check|Retries)' \
			>"$root/etc/apt/apt.conf.d/90host"
	fi
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	npm_settings "$root"
}

# npm_settings ROOT: its registry and certificates are this machine's, as apt's mirror is.
npm_settings()
{
	local ca
	command -v npm >/dev/null || return 0
	echo "registry=$(npm config get registry)" >"$1/root/.npmrc"
	ca=$(npm config get cafile)
	[ -f "$ca" ] || return 0
	cp "$ca" "$1/etc/npm-ca.pem"
	echo "cafile=/etc/npm-ca.pem" >>"$1/root/.npmrc"
}

# What the tests use and later releases have no more: from the release that still has it. It is gone from the sources
# afterwards, so that nothing else comes from there. $1: the mirror.
# shellcheck disable=SC2016 # the inner shell expands it
older_tools='
	set -eu
	! command -v clickhouse-server >/dev/null || exit 0
	echo "deb $1 bookworm main" >/etc/apt/sources.list.d/older.list
	printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
	chmod 755 /usr/sbin/policy-rc.d
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -y -qq install --no-install-recommends clickhouse-server clickhouse-client \
		clang-format-14 clang-tidy-14 clang
	rm /etc/apt/sources.list.d/older.list /usr/sbin/policy-rc.d
	apt-get -qq update'

# prepare SUITE: a minimal system with git and our commit in /src/mtasweep.
prepare()
{
	local root=$top/$1
	system "$1" "$1" git,ca-certificates || return 1
	[ "$1" = bookworm ] || inside "$1" sh -c "$older_tools" sh "$mirror" || return 1
	rm -rf "$root/src"
	mkdir -p "$root/src"
	git clone -q --no-hardlinks . "$root/src/mtasweep" &&
		git -C "$root/src/mtasweep" checkout -q --detach "$(git rev-parse HEAD)" || return 1
	[ ! -d ../shared ] || cp -r ../shared/. "$root/src/shared" # may be a link
}

# inside NAME COMMAND...: in the system, with its own processes and mounts.
inside()
{
	local root=$top/$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		NAMES="${NAMES:-}" LAB_NAMES="${LAB_NAMES:-}" \
		unshare --mount --pid --fork --kill-child bash -c '
			root=$1; shift
			mount --bind "$root" "$root" && # tests that mount want a root that is a mount
				mount -t proc proc "$root/proc" &&
				mount --rbind /dev "$root/dev" &&
				mount --rbind /sys "$root/sys" || exit 3
			[ -n "$NAMES" ] || unset NAMES
			[ -n "$LAB_NAMES" ] || unset LAB_NAMES
			exec chroot "$root" sh -c "cd /src/mtasweep 2>/dev/null || cd /root; exec \"\$@\"" sh "$@"' \
		bash "$root" "$@"
}

build_packages='
	set -eux
	./datasets/install-packages build
	DEBIAN_FRONTEND=noninteractive apt-get -y -qq install --no-install-recommends dpkg-dev file rpm
	cmake -G Ninja -B build-package -DMTASWEEP_TESTS=OFF
	ninja -C build-package
	rm -rf /src/packages
	mkdir /src/packages
	cd build-package
	cpack -G DEB -B /src/packages
	cpack -G RPM -B /src/packages
	cpack --config CPackSourceConfig.cmake -B /src/packages
	cd /src/packages
	rpm -qp --requires --list ./*.rpm | grep -x /usr/bin/mtasweep
	tar xzf mtasweep-*.tar.gz
	cmake -G Ninja -S mtasweep-*/ -B from-source -DMTASWEEP_TESTS=OFF
	ninja -C from-source
	from-source/scanner/mtasweep --version'
# DNS PORT, HTTPS PORT: of the synthetic internet that serves the names beside the package.
# shellcheck disable=SC2016 # the inner shell expands it
try_package='
	set -eux
	[ ! -e /usr/bin/mtasweep ]
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	apt-get -y -qq install ./mtasweep_*.deb
	mtasweep --version
	mtasweep explain policy_cert_expired >/dev/null
	printf "v=STSv1; id=1;" | mtasweep lint sts
	lab="-r 127.0.0.1:$1 --https-port $2 --ca-file ca.pem --allow-net 127.0.0.0/8 --allow-net ::1/128"
	rm -rf run
	mtasweep scan -o run $lab --timeout-dns 1 names
	[ "$(zstd -dcq run/results.ndjson.zst | wc -l)" -eq "$(wc -l <names)" ]
	[ -s run/report.html ] && grep -q . run/report.txt
	mtasweep check $lab "$(head -n 1 names)" || [ $? -eq 1 ]
	apt-get -y -qq purge mtasweep
	[ ! -e /usr/bin/mtasweep ]
	[ ! -e /usr/share/doc/mtasweep ]'

# packages SUITE
packages()
{
	local suite=$1 clean=$1-clean server status
	local source=$top/$suite/src room=$top/$clean/root
	inside "$suite" sh -c "$build_packages" && system "$clean" "$suite" || return 1
	rm -rf "$source/lab" && mkdir "$source/lab" || return 1
	inside "$suite" build-package/datasets/labnet names -n 1000 >"$room/names" || return 1
	inside "$suite" build-package/datasets/labnet serve --dir /src/lab >"$source/lab/ready" &
	server=$!
	for _ in $(seq 100); do
		grep -q '^ready ' "$source/lab/ready" && break
		sleep 0.1
	done
	cp "$source"/packages/*.deb "$source/lab/ca.pem" "$room/"
	inside "$clean" sh -c "$try_package" sh "$(sed -n 's/.* dns=[^ ]*:\([0-9]*\).*/\1/p' "$source/lab/ready")" \
		"$(sed -n 's/.* https=\([0-9]*\).*/\1/p' "$source/lab/ready")"
	status=$?
	pkill -KILL -P "$server" # unshare, deaf to other signals; the namespaces end with it
	wait "$server" 2>/dev/null
	return "$status"
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

[ $# -gt 0 ] || set -- bookworm:demo,tests,deb trixie:demo,tests,deb
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
		deb) step "$suite" deb packages "$suite" ;;
		*) die "no step '$name'; there are: demo tests quick deb" ;;
		esac
	done
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
