-- Queries over times, which the table of `mtasweep schema clickhouse hosts` has and the flat one has as text.

-- name: cert_days
-- days left at the time of the visit
SELECT multiIf(left_s < 0, 'expired', left_s < 7 * 86400, '0-6', left_s < 14 * 86400, '7-13', left_s < 30 * 86400, '14-29',
               left_s < 60 * 86400, '30-59', left_s < 90 * 86400, '60-89', left_s < 180 * 86400, '90-179', '180-') AS key,
       count() AS n
FROM (SELECT toUnixTimestamp(assumeNotNull(probe.cert_not_after)) - toUnixTimestamp(assumeNotNull(probe.at)) AS left_s
      FROM mtasweep_hosts WHERE isNotNull(probe.cert_not_after) AND isNotNull(probe.at) AND isNotNull(tls)) GROUP BY key;

-- name: ends_soon
-- hosts whose certificate ends within two weeks of the visit, most names first
SELECT host, names, probe.cert_not_after FROM mtasweep_hosts
WHERE isNotNull(probe.cert_not_after) AND probe.cert_not_after < probe.at + INTERVAL 14 DAY ORDER BY names DESC, host LIMIT 50;
