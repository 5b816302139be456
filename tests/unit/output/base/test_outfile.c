/* Files that appear whole or not at all. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "output/base/outfile.h"
#include "tests/support/scratch.h"

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir(), name);
	return path;
}

static bool there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static void holds(const char *name, const char *want)
{
	char text[64] = "";
	FILE *f = fopen(path_of(name), "r");

	cr_assert_not_null(f);
	cr_assert_not_null(fgets(text, sizeof(text), f));
	fclose(f);
	cr_expect_str_eq(text, want);
}

Test(outfile, is_there_once_it_is_whole)
{
	struct outfile f;
	struct errmsg err = {""};

	scratch_write("a", "old", 3);
	cr_assert_eq(outfile_open(&f, scratch_dir(), "a", &err), 0);
	cr_expect_str_eq(f.path, path_of("a"));
	fputs("new", f.out);
	fflush(f.out);
	holds("a", "old");
	cr_expect(there(".a.new"));
	cr_expect_eq(outfile_commit(&f, &err), 0);
	holds("a", "new");
	cr_expect_not(there(".a.new"));
}

Test(outfile, that_is_given_up)
{
	struct outfile f;
	struct errmsg err = {""};

	scratch_write("a", "old", 3);
	cr_assert_eq(outfile_open_path(&f, path_of("a"), &err), 0);
	fputs("new", f.out);
	outfile_abandon(&f);
	holds("a", "old");
	cr_expect_not(there(".a.new"));
}

Test(outfile, paths)
{
	struct outfile f;
	struct errmsg err = {""};

	cr_assert_eq(chdir(scratch_dir()), 0);
	cr_assert_eq(outfile_open_path(&f, "b", &err), 0);
	cr_expect_str_eq(f.path, "./b");
	outfile_abandon(&f);
	cr_expect_eq(outfile_open_path(&f, scratch_dir(), &err), -1);
	cr_expect(strstr(err.text, "it is a directory") != NULL, "%s", err.text);
	cr_expect_eq(outfile_open_path(&f, path_of("nowhere/x"), &err), -1);
	cr_expect(strstr(err.text, "cannot be written: ") != NULL, "%s", err.text);
	cr_expect(strstr(err.text, path_of("nowhere/x")) != NULL, "%s", err.text);
}

/* A path that has room, and one that has none, to the byte. */
Test(outfile, long_paths)
{
	struct outfile f;
	struct errmsg err = {""};
	static char dir[4200];

	memset(dir, '/', sizeof(dir));
	memcpy(dir, scratch_dir(), strlen(scratch_dir()));
	/* "/.NAME.new" is five bytes longer than "/NAME". */
	dir[sizeof(f.temporary) - 1 - strlen("/.a.new")] = '\0';
	cr_expect_eq(outfile_open(&f, dir, "a", &err), 0, "%s", err.text);
	outfile_abandon(&f);
	strcat(dir, "/");
	cr_expect_eq(outfile_open(&f, dir, "a", &err), -1);
	cr_expect(strstr(err.text, "...: the path is too long") != NULL, "%s", err.text);
}

Test(outfile, a_full_disk)
{
	struct outfile f;
	struct errmsg err = {""};

	cr_assert_eq(outfile_open(&f, scratch_dir(), "full", &err), 0);
	FILE *file = f.out;
	f.out = fopen("/dev/full", "w");
	fputs("x", f.out);
	cr_expect_eq(outfile_commit(&f, &err), -1);
	cr_expect(strstr(err.text, strerror(ENOSPC)) != NULL, "%s", err.text);
	cr_expect_not(there("full"));
	cr_expect_not(there(".full.new"));
	fclose(file);
	cr_assert_eq(outfile_open(&f, scratch_dir(), "full", &err), 0);
	fputs("x", f.out);
	cr_assert_eq(mkdir(path_of("full"), 0700), 0);
	cr_expect_eq(outfile_commit(&f, &err), -1, "a directory has come in between");
	cr_expect_not(there(".full.new"));
	cr_assert_eq(rmdir(path_of("full")), 0);
}
