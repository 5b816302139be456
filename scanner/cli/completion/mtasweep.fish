# fish completion for mtasweep; made by scanner/cli/man/generate
set -l codes 'domain_syntax_invalid input_from_url input_from_email scan_excluded scan_aborted scan_worker_crashed
	domain_nxdomain domain_dns_servfail domain_dns_timeout domain_dns_refused domain_dns_bogus
	domain_dns_malformed mx_answer_truncated domain_is_public_suffix mx_missing_implicit mx_missing mx_null
	mx_null_malformed mx_final_dot_missing mx_ip_literal sts_without_mail sts_record_missing sts_record_multiple
	sts_record_discarded sts_record_unrelated_txt sts_record_wildcard_txt sts_record_wildcard_cname
	sts_record_swapped sts_record_version_invalid sts_record_version_case sts_record_version_not_first
	sts_record_ws_before_delim sts_record_leading_ws sts_record_no_delimiter sts_record_id_missing
	sts_record_id_empty sts_record_id_charset sts_record_id_too_long sts_record_id_case sts_record_id_case_beside
	sts_record_id_duplicate sts_record_ext_name_invalid sts_record_ext_value_invalid sts_record_field_no_equals
	sts_record_ws_around_equals sts_record_empty_field sts_record_trailing_ws sts_record_ws_after_end
	sts_record_policy_line_in_txt sts_record_policy_fields_in_txt sts_record_unknown_field sts_record_non_ascii
	sts_record_quoted sts_record_multi_string sts_record_cname sts_record_cname_dangling sts_record_cname_depth
	sts_record_ttl_long sts_record_dns_error sts_record_txt_too_large policy_not_fetched policy_host_nxdomain
	policy_host_no_address policy_host_cname_dangling policy_host_excluded policy_host_own_address
	policy_host_private_address policy_host_dns_error policy_addresses_differ policy_host_ipv6_only
	policy_tcp_refused policy_tcp_timeout policy_tcp_unreachable policy_tls_timeout policy_tls_too_costly
	policy_tls_alert policy_tls_protocol_old policy_tls_failure policy_cert_refused policy_cert_name_mismatch
	policy_cert_cn_only policy_cert_wildcard_partial policy_cert_expired policy_cert_not_yet_valid
	policy_cert_self_signed policy_cert_untrusted_issuer policy_cert_incomplete_chain policy_cert_expires_soon
	policy_cert_weak policy_http_redirect policy_http_404 policy_http_403 policy_http_429 policy_http_status
	policy_http_5xx policy_http_timeout policy_http_protocol_error policy_content_type_missing
	policy_content_type_invalid policy_content_type_several policy_content_type_charset policy_too_large
	policy_over_10k policy_large policy_compressed_unasked policy_parking_page policy_empty policy_is_html
	policy_json policy_utf16 policy_not_a_policy policy_front_matter policy_bom policy_not_utf8
	policy_control_char policy_bare_cr policy_mixed_newlines policy_empty_line policy_line_no_colon
	policy_leading_ws policy_ws_before_colon policy_comment policy_trailing_comment policy_key_case
	policy_key_typo policy_key_invalid policy_unknown_key policy_ext_value_invalid policy_ext_non_ascii
	policy_extra_colon policy_duplicate_key policy_duplicate_version_conflict policy_duplicate_key_conflict
	policy_version_missing policy_version_invalid policy_version_case policy_version_not_first
	policy_mode_missing policy_mode_invalid policy_mode_case policy_mode_report policy_max_age_missing
	policy_max_age_invalid policy_max_age_digits policy_max_age_too_large policy_mx_missing policy_mx_empty
	policy_mx_invalid policy_mx_email policy_mx_trailing_dot policy_mx_leading_dot policy_mx_ip
	policy_mx_ip_literal policy_mx_url policy_mx_multiple_on_line policy_mx_priority_included
	policy_mx_wildcard_invalid policy_mx_u_label policy_mx_single_label policy_mx_duplicate policy_mode_testing
	policy_mode_none policy_none_long_max_age policy_none_without_mx policy_max_age_zero policy_max_age_under_1h
	policy_max_age_short policy_max_age_below_week policy_enforce_max_age_short policy_testing_max_age_long
	policy_mx_wildcard_broad policy_mx_many policy_without_record mx_not_all_judged mx_none_match
	mx_partial_match mx_none_match_testing mx_partial_match_testing mx_mismatch_tld mx_mismatch_3ld
	mx_mismatch_sts_label mx_mismatch_typo mx_mismatch_domain mx_wildcard_depth mx_wildcard_apex
	policy_mx_not_in_dns mx_is_implicit_not_listed mx_unmatched_lowest_pref mx_none_usable mx_none_usable_testing
	mx_preferred_unusable mx_starttls_missing mx_starttls_refused mx_starttls_tempfail mx_starttls_stripped
	mx_cleartext_after_starttls mx_injected_before_tls mx_tls_failure mx_tls_old mx_cert_name_mismatch
	mx_cert_cn_only mx_cert_domain_only mx_cert_wildcard mx_cert_expired mx_cert_not_yet_valid
	mx_cert_self_signed mx_cert_untrusted mx_cert_incomplete_chain mx_cert_expires_soon mx_cert_weak
	mx_addresses_differ mx_probe_failed mx_refuses_us mx_unresolvable mx_none_resolvable mx_is_cname
	mx_private_address mx_cleartext_only mx_certs_would_fail sts_ready dane_none_deliverable dane_mismatch
	dane_starttls_missing dane_name_mismatch dane_ta_not_sent dane_cert_expired dane_unusable dane_pkix_usage
	dane_bad_record dane_ee_usage_ta dane_lookup_failed dane_bogus dane_insecure dane_mx_insecure dane_partial
	dane_addresses_differ dane_single_record dane_pins_certificate dane_spare_useless dane_full_record
	dane_no_sha256 dane_ttl_long dane_only_certificate dane_without_tlsrpt dane_present dane_ok
	provider_policy_host provider_not_onboarded provider_opted_out provider_record_only provider_host_only
	provider_differs_from_mx tlsrpt_missing tlsrpt_multiple tlsrpt_discarded tlsrpt_unrelated_txt
	tlsrpt_wildcard_txt tlsrpt_swapped tlsrpt_version_invalid tlsrpt_version_case tlsrpt_version_not_first
	tlsrpt_ws_before_delim tlsrpt_leading_ws tlsrpt_no_delimiter tlsrpt_rua_missing tlsrpt_rua_empty
	tlsrpt_rua_case tlsrpt_rua_case_beside tlsrpt_rua_no_scheme tlsrpt_rua_scheme tlsrpt_rua_mailto_invalid
	tlsrpt_rua_https_invalid tlsrpt_rua_unencoded tlsrpt_rua_size_suffix tlsrpt_rua_separator
	tlsrpt_rua_trailing_comma tlsrpt_rua_ws_around_equals tlsrpt_rua_multiple tlsrpt_rua_repeated_field
	tlsrpt_rua_duplicate tlsrpt_rua_external_domain tlsrpt_rua_domain_odd tlsrpt_rua_single_label
	tlsrpt_https_userinfo_or_port tlsrpt_unknown_field tlsrpt_ext_name_invalid tlsrpt_ext_value_invalid
	tlsrpt_field_no_equals tlsrpt_empty_field tlsrpt_trailing_ws tlsrpt_non_ascii tlsrpt_quoted
	tlsrpt_multi_string tlsrpt_cname tlsrpt_cname_dangling tlsrpt_dns_error tlsrpt_without_sts
	sts_enforce_without_tlsrpt sts_testing_without_tlsrpt basics modes setup risks practices verdict absent
	enforce testing none broken inconclusive invalid_input excluded impact unprotected mail_loss'
complete -c mtasweep -n __fish_use_subcommand -f -a scan -d 'scan every domain name of a list'
complete -c mtasweep -n __fish_use_subcommand -f -a check -d 'explain what a domain publishes and what to do'
complete -c mtasweep -n __fish_use_subcommand -f -a lint -d 'validate a record or a policy file offline'
complete -c mtasweep -n __fish_use_subcommand -f -a report -d '(re)build the report from stored runs, merge shards, list names'
complete -c mtasweep -n __fish_use_subcommand -f -a letters -d 'one text a customer with what to repair, from stored records'
complete -c mtasweep -n __fish_use_subcommand -f -a diff -d 'what changed between two runs, domain by domain and in total'
complete -c mtasweep -n __fish_use_subcommand -f -a trend -d 'any number of runs in time order: adoption, modes, failures, churn'
complete -c mtasweep -n __fish_use_subcommand -f -a recheck -d 'judge the stored answers of a run again with today\'s rules'
complete -c mtasweep -n __fish_use_subcommand -f -a probe -d 'visit the MX hosts of finished runs: STARTTLS, certificates, DANE'
complete -c mtasweep -n __fish_use_subcommand -f -a explain -d 'what a finding means and how to fix it'
complete -c mtasweep -n __fish_use_subcommand -f -a schema -d 'the record as JSON Schema or CREATE TABLE'
complete -c mtasweep -n __fish_use_subcommand -f -a help -d 'explain a command'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l output -s o -r -F -d 'Run directory to make (required); \'-\' writes NDJSON to standard output'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l resume -d 'Go on with the interrupted run in DIR, which knows its list and options'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l domain-column -x -d 'CSV column with the domain names: what the header calls it, or its number from 1 (default: found by the header and the first rows)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l delimiter -x -d 'What parts the columns: a character, \'tab\', or \'space\' for any run of blanks (default: what a first line \'sep=;\' tells, else found by the first rows)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l no-header -d 'The first line is a name like the others'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l tag-column -x -d 'CSV column to carry through to the record: what the header calls it, or its number from 1'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l shard -x -d 'Only the K-th of N shards (by hash of the name); rates are the whole scan\'s, and each shard keeps to its N-th'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l sample -x -d 'Only a share P (0 to 1) of the names, drawn by --seed'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l seed -x -d 'Seed of everything random'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l level -x -d 'zstd level of the results, 1 to 19 (default 3)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l dry-run -d 'Read the input, say what would be done, contact nobody'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l lean -d 'Ask for MX only where something is published'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l mx-tls -x -a 'policy all' -d 'Then visit the MX hosts, each once: STARTTLS and its certificate, never MAIL. Those of names with a policy in mode enforce or testing (default), or of all names, which needs --contact'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l workers -x -d 'Worker processes (default: one per processor)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l concurrency -x -d 'Names in flight per worker, those that wait for policy hosts included (default 4000)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l sandbox -x -a 'on off' -d 'Confine workers (default on); off: a bug in a library could then reach files and processes'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l progress -x -a 'auto plain json none' -d 'How progress is shown (default auto: live on a terminal, else plain)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l quiet -s q -d 'No progress and no summary'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l verbose -s v -d 'Say on standard error who is asked, which limits hold, what fails on the way and how each resolver did'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l resolver -s r -x -d 'Upstream resolver (repeatable; IPv6 with a port in brackets); default: the system\'s'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l resolvers -r -F -d 'Resolvers from a file, one a line'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l dns-rate -x -d 'At most N questions a second in total'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l timeout-dns -x -d 'Time for one answer (default 3)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l retries -x -d 'Times a temporary DNS failure is asked again (default 4)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l timeout-fetch -x -d 'Time for one policy fetch (default 60, RFC 8461 3.3)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l host-rate -x -d 'New connections a second per policy-host address (default 20; 0 any)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l host-concurrency -x -d 'Connections at a time per policy-host address (default 10)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l ca-file -r -F -d 'CA certificates that replace the system\'s'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l https-port -x -d 'Port of policy hosts (for labs)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l allow-net -x -d 'Contact this network though it is not global (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l exclude -r -F -d 'Domains and networks that are never contacted (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l contact -x -d 'Who scans: put into the User-Agent'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l severity -x -d 'Severity of a finding: error, warning or info (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l cert-days -x -d 'A certificate that ends within N days expires soon (default: 14, or 14/90 of its lifetime if that is less)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l dane -x -a 'policy all' -d 'Look up the TLSA records of the MX hosts (needs a resolver that validates DNSSEC): of names with a policy in mode enforce or testing and of names whose MX records are signed (default), or of all'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l ehlo -x -d 'Name to say at EHLO (default: this machine\'s, or its address in brackets)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l timeout-smtp -x -d 'Time for one visit (default 120)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l smtp-port -x -d 'Port of MX hosts (for labs)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l smtp-rate -x -d 'New visits a second at one operator of MX hosts, a fourth of that at one address (default 2)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l smtp-concurrency -x -d 'Visits at a time at one operator (default 4)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l visits -x -d 'Visits at a time in all (default 200)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l smtp-retries -x -d 'Times a host that says "later" (4xx) is visited again (default 2)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l smtp-pause -x -d 'Pause before a host that says "later" is visited again, four times as long before the next time (default 300)'
complete -c mtasweep -n '__fish_seen_subcommand_from scan' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l mx-tls -d 'Visit the MX hosts, which are left alone unless you ask: STARTTLS and certificates (says EHLO, STARTTLS and QUIT, never MAIL)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l brief -s b -d 'Print the head of the page alone: how it stands, the cause, what to do first'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l json -s j -d 'Print the record of each name as one line of JSON'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l html -r -F -d 'Write the pages to FILE, too, as one HTML page to send on'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l guide -d 'Print the guide: modes, set-up from nothing, risks, best practices'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l resolver -s r -x -d 'Upstream resolver (repeatable; IPv6 with a port in brackets); default: the system\'s'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l resolvers -r -F -d 'Resolvers from a file, one a line'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l dns-rate -x -d 'At most N questions a second in total'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l timeout-dns -x -d 'Time for one answer (default 3)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l retries -x -d 'Times a temporary DNS failure is asked again (default 4)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l timeout-fetch -x -d 'Time for one policy fetch (default 60, RFC 8461 3.3)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l host-rate -x -d 'New connections a second per policy-host address (default 20; 0 any)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l host-concurrency -x -d 'Connections at a time per policy-host address (default 10)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l ca-file -r -F -d 'CA certificates that replace the system\'s'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l https-port -x -d 'Port of policy hosts (for labs)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l allow-net -x -d 'Contact this network though it is not global (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l exclude -r -F -d 'Domains and networks that are never contacted (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l contact -x -d 'Who scans: put into the User-Agent'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l severity -x -d 'Severity of a finding: error, warning or info (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l cert-days -x -d 'A certificate that ends within N days expires soon (default: 14, or 14/90 of its lifetime if that is less)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l dane -x -a 'policy all' -d 'Look up the TLSA records of the MX hosts (needs a resolver that validates DNSSEC): of names with a policy in mode enforce or testing and of names whose MX records are signed (default), or of all'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l ehlo -x -d 'Name to say at EHLO (default: this machine\'s, or its address in brackets)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l timeout-smtp -x -d 'Time for one visit (default 120)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l smtp-port -x -d 'Port of MX hosts (for labs)'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from check' -f
complete -c mtasweep -n '__fish_seen_subcommand_from lint' -l json -s j -d 'Print one JSON object a file'
complete -c mtasweep -n '__fish_seen_subcommand_from lint' -l severity -s s -x -d 'Severity of a finding: error, warning or info (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from lint' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from lint; and not __fish_seen_subcommand_from sts policy tlsrpt' -f -a 'sts policy tlsrpt'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l output -s o -r -F -d 'Write report.json, report.txt and report.html into DIR (made if need be)'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l figures -d 'With --output, too: figures/ (SVG and PDF), tables/ (CSV and LaTeX), METHOD.md and CODEBOOK.md for a paper'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l title -x -d 'Title of the report, in place of the number of names'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l format -s f -x -a 'text json html csv ndjson' -d 'To standard output: text (default), json or html; with --select csv (default) or ndjson'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l select -s s -x -d 'List the names that meet the conditions, with finding and fix; repeatable: those that meet them all'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l by -x -a 'finding name tag' -d 'A row for each finding that meets the conditions (default), or one a name with its worst finding of all and what to do first, ordered by danger, then tag, or one a tag: how many of its names meet the conditions, of how many scanned, and how many of them lose mail, have it late, or have an error, most mail loss first'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l columns -x -d 'Columns of the list: keys of the record, and code, severity, detail, title, fix, action, expires (when the certificate that ends first does), expires_at (the host that has it), expires_issuer'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l sort -x -d 'Order of the list: columns, and danger (worst first)'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l expiring -x -d 'List the names of which a certificate ends before TIME (30d, 2026-12-31), the policy host\'s or an MX host\'s, the next first'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l sheet -d 'A sheet for those who decide, as HTML: two pages of A4 with names'
complete -c mtasweep -n '__fish_seen_subcommand_from report' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from letters' -l output -s o -r -F -d 'Directory for the letters, which must not exist (default: letters)'
complete -c mtasweep -n '__fish_seen_subcommand_from letters' -l template -s t -r -F -d 'Text with words in double braces (default: see --print-template)'
complete -c mtasweep -n '__fish_seen_subcommand_from letters' -l print-template -d 'Print the default template, to begin with'
complete -c mtasweep -n '__fish_seen_subcommand_from letters' -l by -x -a 'tag name' -d 'One letter a tag, with all its names (default), or one a name'
complete -c mtasweep -n '__fish_seen_subcommand_from letters' -l select -s s -x -d 'Only names that meet the conditions, see mtasweep report --help (default: impact=mail_loss or issues.severity=error; repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from letters' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from diff' -l format -s f -x -a 'text json csv ndjson' -d 'text (default): the names, what is worse first, and the totals; of names that came or went, have no MTA-STS and no error, the number; json: the totals; csv, ndjson: the names'
complete -c mtasweep -n '__fish_seen_subcommand_from diff' -l select -s s -x -d 'Only names whose record meets all conditions in one of the runs (repeatable); see mtasweep report --help'
complete -c mtasweep -n '__fish_seen_subcommand_from diff' -l html -r -F -d 'Also write a page to send on: what changed in words, mail that is lost first, and what to do first'
complete -c mtasweep -n '__fish_seen_subcommand_from diff' -l fail-on -x -d 'End with status 1 when a name loses mail that was not known to (also one that is new in the list), or is worse than before, or an MX host is'
complete -c mtasweep -n '__fish_seen_subcommand_from diff' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from trend' -l format -s f -x -a 'text csv json html' -d 'text (default): 80 columns; csv: a row a value; json; html: a page with charts'
complete -c mtasweep -n '__fish_seen_subcommand_from trend' -l churn -s c -d 'Read the records, too, and count what happened to single names: new, gone, adopted, dropped, downgraded, broken, repaired and within how long, policies that changed without their id, certificates that were replaced in time'
complete -c mtasweep -n '__fish_seen_subcommand_from trend' -l same-names -s s -d 'Count only names that are in all runs: for lists that change. Reads the records'
complete -c mtasweep -n '__fish_seen_subcommand_from trend' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from recheck' -l output -s o -r -F -d 'The new run directory; must not exist'
complete -c mtasweep -n '__fish_seen_subcommand_from recheck' -l severity -s s -x -d 'Severity of a finding: error, warning or info (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from recheck' -l cert-days -x -d 'A certificate that ends within N days expires soon (default: 14, or 14/90 of its lifetime if that is less)'
complete -c mtasweep -n '__fish_seen_subcommand_from recheck' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l output -s o -r -F -d 'The new run directory; must not exist, or --resume'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l resume -d 'Go on with the interrupted probe in DIR'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l scope -x -a 'policy all' -d 'Whose hosts: of names with a policy in mode enforce or testing (default), or of all names, which needs --contact'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l shard -x -d 'Only visit, and only the K-th of N shares of the hosts, dealt by operator: rates at one operator hold as they are, those at one address and of questions are the N-th'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l visited -r -F -d 'Visit nobody: take what the shards of a probe found, all of them in DIR (shard-K-of-N) or each named'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l dry-run -d 'Say how many hosts there are, contact nobody'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l resolver -s r -x -d 'Upstream resolver (repeatable; IPv6 with a port in brackets); default: the system\'s'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l resolvers -r -F -d 'Resolvers from a file, one a line'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l dns-rate -x -d 'At most N questions a second in total'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l timeout-dns -x -d 'Time for one answer (default 3)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l retries -x -d 'Times a temporary DNS failure is asked again (default 4)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l timeout-fetch -x -d 'Time for one policy fetch (default 60, RFC 8461 3.3)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l host-rate -x -d 'New connections a second per policy-host address (default 20; 0 any)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l host-concurrency -x -d 'Connections at a time per policy-host address (default 10)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l ca-file -r -F -d 'CA certificates that replace the system\'s'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l https-port -x -d 'Port of policy hosts (for labs)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l allow-net -x -d 'Contact this network though it is not global (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l exclude -r -F -d 'Domains and networks that are never contacted (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l contact -x -d 'Who scans: put into the User-Agent'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l severity -x -d 'Severity of a finding: error, warning or info (repeatable)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l cert-days -x -d 'A certificate that ends within N days expires soon (default: 14, or 14/90 of its lifetime if that is less)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l dane -x -a 'policy all' -d 'Look up the TLSA records of the MX hosts (needs a resolver that validates DNSSEC): of names with a policy in mode enforce or testing and of names whose MX records are signed (default), or of all'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l ehlo -x -d 'Name to say at EHLO (default: this machine\'s, or its address in brackets)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l timeout-smtp -x -d 'Time for one visit (default 120)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l smtp-port -x -d 'Port of MX hosts (for labs)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l smtp-rate -x -d 'New visits a second at one operator of MX hosts, a fourth of that at one address (default 2)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l smtp-concurrency -x -d 'Visits at a time at one operator (default 4)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l visits -x -d 'Visits at a time in all (default 200)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l smtp-retries -x -d 'Times a host that says "later" (4xx) is visited again (default 2)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l smtp-pause -x -d 'Pause before a host that says "later" is visited again, four times as long before the next time (default 300)'
complete -c mtasweep -n '__fish_seen_subcommand_from probe' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from explain' -l markdown -s m -d 'Print the whole catalogue as a Markdown page'
complete -c mtasweep -n '__fish_seen_subcommand_from explain' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from explain' -f -a "$codes"
complete -c mtasweep -n '__fish_seen_subcommand_from schema' -l table -s t -x -d 'Name of the table (default mtasweep; of hosts mtasweep_hosts)'
complete -c mtasweep -n '__fish_seen_subcommand_from schema' -l help -d 'Show the options'
complete -c mtasweep -n '__fish_seen_subcommand_from schema; and not __fish_seen_subcommand_from json clickhouse clickhouse-flat postgres duckdb markdown hosts' -f -a 'json clickhouse clickhouse-flat postgres duckdb markdown hosts'
complete -c mtasweep -n '__fish_seen_subcommand_from schema' -f
complete -c mtasweep -n '__fish_seen_subcommand_from help' -f -a 'scan check lint report letters diff trend recheck probe explain schema'
