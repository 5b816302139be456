/* sanitized.h - whether this test runs under AddressSanitizer, which needs terabytes of address
 * space. */
#ifndef MTASWEEP_TEST_SANITIZED_H
#define MTASWEEP_TEST_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
