# bash completion for mtasweep; made by scanner/man/generate
_mtasweep()
{
	local word=${COMP_WORDS[COMP_CWORD]} options
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'scan check lint report diff recheck explain schema --help --version' -- "$word")
		return
	fi
	case ${COMP_WORDS[1]} in
	scan) options='--output --resume --tag-column --shard --sample --seed --level --dry-run --lean --workers --concurrency --sandbox --progress --quiet --verbose --resolver --resolvers --dns-rate --timeout-dns --retries --timeout-fetch --host-rate --host-concurrency --ca-file --https-port --allow-net --exclude --contact --severity --help' ;;
	check) options='--json --resolver --resolvers --dns-rate --timeout-dns --retries --timeout-fetch --host-rate --host-concurrency --ca-file --https-port --allow-net --exclude --contact --severity --help' ;;
	lint) options='--json --severity --help' ;;
	report) options='--output --format --select --help' ;;
	diff) options='--format --help' ;;
	recheck) options='--output --severity --help' ;;
	explain) options='--markdown --help' ;;
	schema) options=' --help' ;;
	*) return ;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -o filenames -F _mtasweep mtasweep
