#!/bin/bash
# container.sh BUILD_DIR - the image of datasets/cluster/Containerfile is built by a real engine (buildah), without
# anything that only this machine has, and a scan runs in it as a user without rights on a root it cannot write.
set -u
build=$(realpath "$1")
for tool in buildah debootstrap zstdcat; do
	command -v "$tool" >/dev/null || {
		echo "lab: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
[ "$(id -u)" -eq 0 ] || {
	echo "lab: container.sh needs root"
	exit 77
}
# shellcheck disable=SC1091 # the system's
. /etc/os-release
# shellcheck disable=SC2016 # apt expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep -E '/debian/?$' | head -n 1)
[ -n "$mirror" ] || {
	echo "lab: apt on this machine knows no Debian mirror, so there is nothing to make a base of"
	exit 77
}
folder=$(mktemp -d)
server='' passed=0 failed=0
cleanup()
{
	[ -z "$server" ] || kill "$server" 2>/dev/null
	# Layers may hold mounts of a build that was cut short.
	engine rm --all >/dev/null 2>&1
	rm -rf --one-file-system "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs

engine()
{
	buildah --root "$folder/images" --runroot "$folder/running" "$@"
}

check()
{
	local name=$1
	shift
	if "$@" >"$folder/log" 2>&1; then
		echo "ok   $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name"
		tail -n 40 "$folder/log"
		failed=$((failed + 1))
	fi
}

# Stands for the registry's image, which is not to be had without the network.
base()
{
	debootstrap --variant=minbase "$VERSION_CODENAME" "$folder/base" "$mirror" &&
		echo "deb $mirror $VERSION_CODENAME main" >"$folder/base/etc/apt/sources.list" || return 1
	apt-config dump | grep -E '^Acquire::(http|https|Check|Retries)' >"$folder/base/etc/apt/apt.conf.d/90host"
	container=$(engine from scratch) && mount=$(engine mount "$container") &&
		mv "$folder/base"/* "$mount/" && engine commit -q --rm "$container" localhost/base
}

# inside COMMAND...: in the image, as its own user.
inside()
{
	engine run --isolation chroot --volume "$folder/data:/data" "$image" -- "$@"
}

check "a base of $VERSION_CODENAME" base
# Newer ones raise these to what they find in the kernel, which not every root may; to lower them is always allowed.
limits=(--ulimit "nofile=1024:1024" --ulimit "nproc=1024:1024")
check "the image builds" engine bud --isolation chroot "${limits[@]}" --build-arg BASE=localhost/base -t mtasweep \
	-f datasets/cluster/Containerfile .
image=$(engine from "${limits[@]}" mtasweep) || exit 1
mkdir "$folder/data" "$folder/lab"
chown 65534:65534 "$folder/data"
"$build/datasets/labnet" serve --dir "$folder/lab" --seed 1 >"$folder/ready" &
server=$!
for _ in $(seq 100); do
	grep -q '^ready ' "$folder/ready" && break
	sleep 0.1
done
part()
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" "$folder/ready"
}
"$build/datasets/labnet" names -n 2000 --seed 1 >"$folder/data/names"
cp "$(part ca)" "$folder/data/ca.pem"
nobody()
{
	[ "$(inside id -u)" = 65534 ] && ! inside touch /usr/bin/x && ! inside touch /etc/x
}
check "it runs as nobody, who cannot write the system" nobody
network=(-r "$(part dns)" --https-port "$(part https)" --ca-file /data/ca.pem --allow-net 127.0.0.0/8 --allow-net ::1/128
	--timeout-dns 2 --timeout-fetch 5)
for k in 1 2; do
	check "shard $k of 2 is scanned" inside env SCRATCH=/data/unfinished /usr/share/mtasweep/cluster/shard "$k" 2 \
		/data/names /data/run "${network[@]}"
done
check "the shards are merged" inside bash -c 'mtasweep report /data/run/shard-*-of-2 -o /data/run/merged'
records()
{
	[ "$(zstdcat "$folder"/data/run/shard-*/results.ndjson.zst | wc -l)" -eq 2000 ]
}
owner()
{
	[ "$(stat -c %u "$folder/data/run/merged/report.json")" -eq 65534 ]
}
check "every name has a record" records
check "the files are its user's" owner
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
