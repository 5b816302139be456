# bash completion for mtasweep; made by scanner/cli/man/generate
_mtasweep()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} given
	local options='' words='' first='' files='' codes='
		domain_syntax_invalid input_from_url input_from_email scan_excluded scan_aborted scan_worker_crashed
		domain_nxdomain domain_dns_servfail domain_dns_timeout domain_dns_refused domain_dns_bogus
		domain_dns_malformed mx_answer_truncated domain_is_public_suffix mx_missing_implicit mx_missing mx_null
		mx_null_malformed mx_final_dot_missing mx_ip_literal sts_without_mail sts_record_missing sts_record_multiple
		sts_record_discarded sts_record_unrelated_txt sts_record_wildcard_txt sts_record_wildcard_cname
		sts_record_swapped sts_record_version_invalid sts_record_version_case sts_record_version_not_first
		sts_record_ws_before_delim sts_record_leading_ws sts_record_no_delimiter sts_record_id_missing
		sts_record_id_empty sts_record_id_charset sts_record_id_too_long sts_record_id_case
		sts_record_id_case_beside sts_record_id_duplicate sts_record_ext_name_invalid sts_record_ext_value_invalid
		sts_record_field_no_equals sts_record_ws_around_equals sts_record_empty_field sts_record_trailing_ws
		sts_record_ws_after_end sts_record_policy_line_in_txt sts_record_policy_fields_in_txt
		sts_record_unknown_field sts_record_non_ascii sts_record_quoted sts_record_multi_string sts_record_cname
		sts_record_cname_dangling sts_record_cname_depth sts_record_ttl_long sts_record_dns_error
		sts_record_txt_too_large policy_not_fetched policy_host_nxdomain policy_host_no_address
		policy_host_cname_dangling policy_host_excluded policy_host_own_address policy_host_private_address
		policy_host_dns_error policy_addresses_differ policy_host_ipv6_only policy_tcp_refused policy_tcp_timeout
		policy_tcp_unreachable policy_tls_timeout policy_tls_too_costly policy_tls_alert policy_tls_protocol_old
		policy_tls_failure policy_cert_refused policy_cert_name_mismatch policy_cert_cn_only
		policy_cert_wildcard_partial policy_cert_expired policy_cert_not_yet_valid policy_cert_self_signed
		policy_cert_untrusted_issuer policy_cert_incomplete_chain policy_cert_expires_soon policy_cert_weak
		policy_http_redirect policy_http_404 policy_http_403 policy_http_429 policy_http_status policy_http_5xx
		policy_http_timeout policy_http_protocol_error policy_content_type_missing policy_content_type_invalid
		policy_content_type_several policy_content_type_charset policy_too_large policy_over_10k policy_large
		policy_compressed_unasked policy_parking_page policy_empty policy_is_html policy_json policy_utf16
		policy_not_a_policy policy_front_matter policy_bom policy_not_utf8 policy_control_char policy_bare_cr
		policy_mixed_newlines policy_empty_line policy_line_no_colon policy_leading_ws policy_ws_before_colon
		policy_comment policy_trailing_comment policy_key_case policy_key_typo policy_key_invalid policy_unknown_key
		policy_ext_value_invalid policy_ext_non_ascii policy_extra_colon policy_duplicate_key
		policy_duplicate_version_conflict policy_duplicate_key_conflict policy_version_missing
		policy_version_invalid policy_version_case policy_version_not_first policy_mode_missing policy_mode_invalid
		policy_mode_case policy_mode_report policy_max_age_missing policy_max_age_invalid policy_max_age_digits
		policy_max_age_too_large policy_mx_missing policy_mx_empty policy_mx_invalid policy_mx_email
		policy_mx_trailing_dot policy_mx_leading_dot policy_mx_ip policy_mx_ip_literal policy_mx_url
		policy_mx_multiple_on_line policy_mx_priority_included policy_mx_wildcard_invalid policy_mx_u_label
		policy_mx_single_label policy_mx_duplicate policy_mode_testing policy_mode_none policy_none_long_max_age
		policy_none_without_mx policy_max_age_zero policy_max_age_under_1h policy_max_age_short
		policy_max_age_below_week policy_enforce_max_age_short policy_testing_max_age_long policy_mx_wildcard_broad
		policy_mx_many policy_without_record mx_not_all_judged mx_none_match mx_partial_match mx_none_match_testing
		mx_partial_match_testing mx_mismatch_tld mx_mismatch_3ld mx_mismatch_sts_label mx_mismatch_typo
		mx_mismatch_domain mx_wildcard_depth mx_wildcard_apex policy_mx_not_in_dns mx_is_implicit_not_listed
		mx_unmatched_lowest_pref mx_none_usable mx_none_usable_testing mx_preferred_unusable mx_starttls_missing
		mx_starttls_refused mx_starttls_tempfail mx_starttls_stripped mx_cleartext_after_starttls
		mx_injected_before_tls mx_tls_failure mx_tls_old mx_cert_name_mismatch mx_cert_cn_only mx_cert_domain_only
		mx_cert_wildcard mx_cert_expired mx_cert_not_yet_valid mx_cert_self_signed mx_cert_untrusted
		mx_cert_incomplete_chain mx_cert_expires_soon mx_cert_weak mx_addresses_differ mx_probe_failed mx_refuses_us
		mx_unresolvable mx_none_resolvable mx_is_cname mx_private_address mx_cleartext_only mx_certs_would_fail
		sts_ready dane_none_deliverable dane_mismatch dane_starttls_missing dane_name_mismatch dane_ta_not_sent
		dane_cert_expired dane_unusable dane_pkix_usage dane_bad_record dane_ee_usage_ta dane_lookup_failed
		dane_bogus dane_insecure dane_mx_insecure dane_partial dane_addresses_differ dane_single_record
		dane_pins_certificate dane_spare_useless dane_full_record dane_no_sha256 dane_ttl_long dane_only_certificate
		dane_without_tlsrpt dane_present dane_ok provider_policy_host provider_not_onboarded provider_opted_out
		provider_record_only provider_host_only provider_differs_from_mx tlsrpt_missing tlsrpt_multiple
		tlsrpt_discarded tlsrpt_unrelated_txt tlsrpt_wildcard_txt tlsrpt_swapped tlsrpt_version_invalid
		tlsrpt_version_case tlsrpt_version_not_first tlsrpt_ws_before_delim tlsrpt_leading_ws tlsrpt_no_delimiter
		tlsrpt_rua_missing tlsrpt_rua_empty tlsrpt_rua_case tlsrpt_rua_case_beside tlsrpt_rua_no_scheme
		tlsrpt_rua_scheme tlsrpt_rua_mailto_invalid tlsrpt_rua_https_invalid tlsrpt_rua_unencoded
		tlsrpt_rua_size_suffix tlsrpt_rua_separator tlsrpt_rua_trailing_comma tlsrpt_rua_ws_around_equals
		tlsrpt_rua_multiple tlsrpt_rua_repeated_field tlsrpt_rua_duplicate tlsrpt_rua_external_domain
		tlsrpt_rua_domain_odd tlsrpt_rua_single_label tlsrpt_https_userinfo_or_port tlsrpt_unknown_field
		tlsrpt_ext_name_invalid tlsrpt_ext_value_invalid tlsrpt_field_no_equals tlsrpt_empty_field
		tlsrpt_trailing_ws tlsrpt_non_ascii tlsrpt_quoted tlsrpt_multi_string tlsrpt_cname tlsrpt_cname_dangling
		tlsrpt_dns_error tlsrpt_without_sts sts_enforce_without_tlsrpt sts_testing_without_tlsrpt basics modes setup
		risks practices verdict absent enforce testing none broken inconclusive invalid_input excluded impact
		unprotected mail_loss'
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'scan check lint report letters diff trend recheck probe explain schema help --help --version' -- "$word")
		return
	fi
	# --option=value comes as three words.
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case ${COMP_WORDS[1]} in
	scan)
		options='--output --resume --domain-column --delimiter --no-header --tag-column --shard --sample --seed --level --dry-run --lean --mx-tls --workers --concurrency --sandbox --progress --quiet --verbose --resolver --resolvers --dns-rate --timeout-dns --retries --timeout-fetch --host-rate --host-concurrency --ca-file --https-port --allow-net --exclude --contact --severity --cert-days --dane --ehlo --timeout-smtp --smtp-port --smtp-rate --smtp-concurrency --visits --smtp-retries --smtp-pause --help'
		case $before in
		--output | -o | --resolvers | --ca-file | --exclude) files=yes ;;
		--domain-column | --delimiter | --tag-column | --shard | --sample | --seed | --level | --workers | --concurrency | --resolver | -r | --dns-rate | --timeout-dns | --retries | --timeout-fetch | --host-rate | --host-concurrency | --https-port | --allow-net | --contact | --severity | --cert-days | --ehlo | --timeout-smtp | --smtp-port | --smtp-rate | --smtp-concurrency | --visits | --smtp-retries | --smtp-pause) return ;;
		--mx-tls | --dane) words='policy all' ;;
		--sandbox) words='on off' ;;
		--progress) words='auto plain json none' ;;
		*) files=yes ;;
		esac
		;;
	check)
		options='--mx-tls --brief --json --html --guide --resolver --resolvers --dns-rate --timeout-dns --retries --timeout-fetch --host-rate --host-concurrency --ca-file --https-port --allow-net --exclude --contact --severity --cert-days --dane --ehlo --timeout-smtp --smtp-port --help'
		case $before in
		--html | --resolvers | --ca-file | --exclude) files=yes ;;
		--resolver | -r | --dns-rate | --timeout-dns | --retries | --timeout-fetch | --host-rate | --host-concurrency | --https-port | --allow-net | --contact | --severity | --cert-days | --ehlo | --timeout-smtp | --smtp-port) return ;;
		--dane) words='policy all' ;;
		*) : ;;
		esac
		;;
	lint)
		options='--json --severity --help'
		case $before in
		--severity | -s) return ;;
		*) first='sts policy tlsrpt' files=yes ;;
		esac
		;;
	report)
		options='--output --figures --title --format --select --by --columns --sort --expiring --sheet --help'
		case $before in
		--output | -o) files=yes ;;
		--title | --select | -s | --columns | --sort | --expiring) return ;;
		--format | -f) words='text json html csv ndjson' ;;
		--by) words='finding name tag' ;;
		*) files=yes ;;
		esac
		;;
	letters)
		options='--output --template --print-template --by --select --help'
		case $before in
		--output | -o | --template | -t) files=yes ;;
		--by) words='tag name' ;;
		--select | -s) return ;;
		*) files=yes ;;
		esac
		;;
	diff)
		options='--format --select --html --fail-on --help'
		case $before in
		--format | -f) words='text json csv ndjson' ;;
		--select | -s | --fail-on) return ;;
		--html) files=yes ;;
		*) files=yes ;;
		esac
		;;
	trend)
		options='--format --churn --same-names --help'
		case $before in
		--format | -f) words='text csv json html' ;;
		*) files=yes ;;
		esac
		;;
	recheck)
		options='--output --severity --cert-days --help'
		case $before in
		--output | -o) files=yes ;;
		--severity | -s | --cert-days) return ;;
		*) files=yes ;;
		esac
		;;
	probe)
		options='--output --resume --scope --shard --visited --dry-run --resolver --resolvers --dns-rate --timeout-dns --retries --timeout-fetch --host-rate --host-concurrency --ca-file --https-port --allow-net --exclude --contact --severity --cert-days --dane --ehlo --timeout-smtp --smtp-port --smtp-rate --smtp-concurrency --visits --smtp-retries --smtp-pause --help'
		case $before in
		--output | -o | --visited | --resolvers | --ca-file | --exclude) files=yes ;;
		--scope | --dane) words='policy all' ;;
		--shard | --resolver | -r | --dns-rate | --timeout-dns | --retries | --timeout-fetch | --host-rate | --host-concurrency | --https-port | --allow-net | --contact | --severity | --cert-days | --ehlo | --timeout-smtp | --smtp-port | --smtp-rate | --smtp-concurrency | --visits | --smtp-retries | --smtp-pause) return ;;
		*) files=yes ;;
		esac
		;;
	explain)
		options='--markdown --help'
		words=$codes
		;;
	schema)
		options='--table --help'
		case $before in
		--table | -t) return ;;
		*) first='json clickhouse clickhouse-flat postgres duckdb markdown hosts' ;;
		esac
		;;
	help) first='scan check lint report letters diff trend recheck probe explain schema' ;;
	*) return ;;
	esac
	# What one argument must be is not offered for a second one.
	for given in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
		[[ " $first " != *" $given "* ]] || first=''
	done
	if [[ $word == -* ]]; then
		words=$options
	elif [ -n "$first" ]; then
		words=$first
	fi
	if [ -n "$words" ]; then
		compopt +o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	elif [ -n "$files" ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -o filenames -F _mtasweep mtasweep
