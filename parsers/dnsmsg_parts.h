/*
 * dnsmsg_parts.h - the numbers of the wire format (RFC 1035 4.1). Private to dnsmsg*.c.
 */
#ifndef MTASWEEP_DNSMSG_PARTS_H
#define MTASWEEP_DNSMSG_PARTS_H

enum {
	DNS_HEADER_N = 12,
	DNS_NAME_WIRE_MAX = 255, /* RFC 1035 2.3.4 */
	DNS_FLAG_QR = 0x8000,
	DNS_FLAG_AA = 0x0400,
	DNS_FLAG_TC = 0x0200,
	DNS_FLAG_RD = 0x0100,
	DNS_FLAG_RA = 0x0080,
	DNS_FLAG_AD = 0x0020,
	DNS_FLAG_CD = 0x0010,
	DNS_CLASS_IN = 1,
};

#endif
