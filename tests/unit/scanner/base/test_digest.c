/* SHA-256: known answers (FIPS 180-2 B), on the way and of a file's beginning. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#include "scanner/base/digest.h"

#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const char *text(const uint8_t digest[DIGEST_N])
{
	static char out[DIGEST_TEXT_N + 1];

	digest_text(digest, out);
	return out;
}

Test(digest, can_be_asked_on_the_way)
{
	struct digest *d = digest_new();
	uint8_t out[DIGEST_N];

	cr_assert_not_null(d);
	cr_assert_eq(digest_so_far(d, out), 0);
	cr_expect_str_eq(text(out), OF_NOTHING);
	cr_assert_eq(digest_add(d, "a", 1), 0);
	cr_assert_eq(digest_so_far(d, out), 0);
	cr_assert_eq(digest_add(d, "bc", 2), 0);
	cr_assert_eq(digest_so_far(d, out), 0);
	cr_expect_str_eq(text(out), OF_ABC);
	digest_free(d);
}

Test(digest, of_a_files_beginning)
{
	char path[] = "/tmp/mtasweep-digest-XXXXXX";
	uint8_t out[DIGEST_N];
	struct errmsg err = {""};
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, "abcdef", 6), 6);
	close(fd);
	cr_assert_eq(digest_of_beginning(path, 3, out, &err), 0);
	cr_expect_str_eq(text(out), OF_ABC);
	cr_assert_eq(digest_of_beginning(path, 0, out, &err), 0);
	cr_expect_str_eq(text(out), OF_NOTHING);
	cr_expect_eq(digest_of_beginning(path, 7, out, &err), -1);
	cr_expect_not_null(strstr(err.text, "shorter"), "%s", err.text);
	unlink(path);
	cr_expect_eq(digest_of_beginning(path, 3, out, &err), -1);
	cr_expect_not_null(strstr(err.text, "No such file"), "%s", err.text);
	cr_expect_eq(digest_of_beginning("/", 3, out, &err), -1);
	cr_expect_not_null(strstr(err.text, "Is a directory"), "%s", err.text);
}
