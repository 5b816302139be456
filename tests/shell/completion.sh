#!/bin/bash
# completion.sh BUILD_DIR - completion in the shells themselves: bash, zsh and fish, those that are installed, offer
# every command, every option of each, and nothing that the program has not.
set -u
program=$(realpath "$1")/scanner/mtasweep
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0 skipped=0

# What is typed -> what is offered, one a line.
in_bash()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	bash --norc -c '
		. scanner/cli/completion/mtasweep.bash
		read -ra COMP_WORDS <<<"${1//=/ = }"
		[[ $1 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_mtasweep
		printf "%s\n" "${COMPREPLY[@]}"' bash "$1"
}
in_fish()
{
	# shellcheck disable=SC2016
	HOME=$folder fish --no-config -c 'source scanner/cli/completion/mtasweep.fish; complete -C $argv[1]' "$1" | cut -f 1
}
in_zsh()
{
	tests/support/zsh_complete scanner/cli/completion "$1"
}

# same SHELL TYPED FILE: the shell offers exactly the words in FILE. Options that nobody began to type do not count.
same()
{
	"in_$1" "$2" | sed 's/=$//; s/^--[a-z-]*=//; /^$/d' | sort -u >"$folder/offered"
	[[ $2 == *-- ]] || sed -i '/^--/d' "$folder/offered"
	if diff "$3" "$folder/offered" >"$folder/diff"; then
		passed=$((passed + 1))
	else
		echo "FAIL $1: '$2' and Tab (< missing, > too much):"
		cat "$folder/diff"
		failed=$((failed + 1))
	fi
}

# values SHELL TYPED ARGUMENTS...: offered are those words of which the program says, when it is given a wrong one, that
# they are all there are.
values()
{
	local shell=$1 typed=$2
	shift 2
	"$program" "$@" no-such-word 2>&1 </dev/null | head -n 1 | grep -oE '[a-z-]+(\|[a-z-]+)+' | tr '|' '\n' | sort >"$folder/words"
	if [ "$(wc -l <"$folder/words")" -lt 2 ]; then
		echo "FAIL: '$*' does not tell its words"
		failed=$((failed + 1))
	fi
	same "$shell" "$typed" "$folder/words"
}

"$program" explain | sed -n 's/^  \(policy_b[a-z0-9_]*\) .*/\1/p' | sort >"$folder/codes"
"$program" __describe | sed -n 's/^command\t\([^\t]*\).*/\1/p' | sort -u >"$folder/commands"
for shell in bash zsh fish; do
	command -v "$shell" >/dev/null || {
		echo "skip $shell: not installed"
		skipped=$((skipped + 1))
		continue
	}
	"in_$shell" 'mtasweep ' | grep -v '^-' | sort -u >"$folder/offered"
	if missing=$(comm -23 "$folder/commands" "$folder/offered") && [ -z "$missing" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL $shell: commands that are not offered: $missing"
		failed=$((failed + 1))
	fi
	while read -r command; do
		"$program" "$command" --help | grep -oE -- '--[a-z][a-z-]+' | grep -vxE -- '--usage' | sort -u >"$folder/options"
		same "$shell" "mtasweep $command --" "$folder/options"
	done <"$folder/commands"
	values "$shell" 'mtasweep lint ' lint
	values "$shell" 'mtasweep schema ' schema
	values "$shell" 'mtasweep scan --progress ' scan --progress
	values "$shell" 'mtasweep scan --progress=' scan --progress
	values "$shell" 'mtasweep scan --sandbox ' scan --sandbox
	values "$shell" 'mtasweep report --format ' report --format
	values "$shell" 'mtasweep diff --format ' diff --format
	same "$shell" 'mtasweep explain policy_b' "$folder/codes"
	same "$shell" 'mtasweep explain mail' <(echo mail_loss)
	same "$shell" 'mtasweep explain verd' <(echo verdict)
	same "$shell" 'mtasweep explain basi' <(echo basics)
	same "$shell" 'mtasweep help ' "$folder/commands"
	: >"$folder/none"
	same "$shell" 'mtasweep schema json ' "$folder/none"
	same "$shell" 'mtasweep check ' "$folder/none"
	if ! "in_$shell" 'mtasweep lint policy READ' | grep -q README; then
		echo "FAIL $shell: no files behind 'mtasweep lint policy'"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
