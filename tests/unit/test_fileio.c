// SPDX-License-Identifier: MIT
// Files that mkdfota reads and writes: whole or not at all.

// The file under test belongs to a program, not to a library.
#include "fileio.c" // NOLINT

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

// What report.c would print.
static char message[512];

void report_error(const char *subject, const char *format, ...)
{
    va_list args;
    int size = snprintf(message, sizeof(message), "%s: ", subject);

    va_start(args, format);
    vsnprintf(message + size, sizeof(message) - (size_t)size, format, args);
    va_end(args);
}

const char *report_name(const char *path)
{
    return path;
}

const char *report_output_name(const char *path)
{
    return path;
}

// Each test runs in an empty folder of its own.
static char folder[] = "/tmp/test_fileio-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    message[0] = 0;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int count_files(void)
{
    DIR *dir = opendir(".");
    int count = 0;

    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        count += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    }
    closedir(dir);
    return count;
}

static int leave_folder(void **state)
{
    DIR *dir = opendir(".");

    (void)state;
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            remove(e->d_name);
        }
    }
    closedir(dir);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *path, const char *text)
{
    struct file_bytes bytes;

    assert_int_equal(file_read(&bytes, path, 1000), CLI_DONE);
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
    file_free(&bytes);
}

static void reads_up_to_the_limit(void **state)
{
    struct file_bytes bytes;

    (void)state;
    put_file("five", "12345");
    assert_int_equal(file_read(&bytes, "five", 5), CLI_DONE);
    assert_int_equal(bytes.size, 5);
    file_free(&bytes);
    assert_int_equal(file_read(&bytes, "five", 4), CLI_REFUSED);
    assert_null(bytes.data);
    assert_string_equal(message, "five: too large (found 5 bytes, expected "
                                 "at most 4)");
}

static void reads_an_empty_file(void **state)
{
    struct file_bytes bytes;

    (void)state;
    put_file("empty", "");
    assert_int_equal(file_read(&bytes, "empty", 5), CLI_DONE);
    assert_int_equal(bytes.size, 0);
    file_free(&bytes);
}

static void reads_a_pipe_of_any_size(void **state)
{
    (void)state;
    for (size_t size = FIRST_READ - 1; size <= 4 * FIRST_READ;
         size += FIRST_READ) {
        struct file_bytes bytes;
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            uint8_t *data = calloc(size, 1);
            _exit(data != NULL && write_all(ends[1], data, size) ? 0 : 1);
        }
        close(ends[1]);
        memset(&bytes, 0, sizeof(bytes));
        assert_int_equal(read_fd(&bytes, "pipe", ends[0], size), CLI_DONE);
        assert_int_equal(bytes.size, size);
        close(ends[0]);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        file_free(&bytes);
    }
}

static void refuses_a_pipe_beyond_the_limit(void **state)
{
    struct file_bytes bytes = {NULL, 0};
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(write_all(ends[1], (const uint8_t *)"123456", 6));
    close(ends[1]);
    assert_int_equal(read_fd(&bytes, "pipe", ends[0], 5), CLI_REFUSED);
    close(ends[0]);
    file_free(&bytes);
}

static void names_what_cannot_be_read(void **state)
{
    struct file_bytes bytes;

    (void)state;
    assert_int_equal(file_read(&bytes, "missing", 5), CLI_IO);
    assert_string_equal(message,
                        "missing: cannot read: No such file or directory");
    assert_int_equal(file_read(&bytes, ".", 5), CLI_IO);
    assert_string_equal(message, ".: cannot read: is a directory");
}

static enum cli_exit write_file(const char *path, bool force, const char *text)
{
    struct file_output output;
    enum cli_exit status = file_create(&output, path, force, NULL, 0);

    return status != CLI_DONE
               ? status
               : file_commit(&output, (const uint8_t *)text, strlen(text));
}

static void output_appears_at_the_end(void **state)
{
    struct file_output output;

    (void)state;
    assert_int_equal(file_create(&output, "out", false, NULL, 0), CLI_DONE);
    assert_int_equal(access("out", F_OK), -1);
    assert_int_equal(count_files(), 1); // the temporary one
    assert_int_equal(file_commit(&output, (const uint8_t *)"abc", 3), CLI_DONE);
    assert_file("out", "abc");
    assert_int_equal(count_files(), 1);
}

static void output_has_the_usual_permissions(void **state)
{
    struct stat st;
    mode_t mask = umask(022);

    (void)state;
    assert_int_equal(write_file("out", false, "abc"), CLI_DONE);
    umask(mask);
    assert_int_equal(stat("out", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
}

static void discarded_output_leaves_nothing(void **state)
{
    struct file_output output;

    (void)state;
    assert_int_equal(file_create(&output, "out", false, NULL, 0), CLI_DONE);
    file_discard(&output);
    assert_int_equal(count_files(), 0);
}

static void overwrites_with_force_only(void **state)
{
    (void)state;
    put_file("out", "before");
    assert_int_equal(write_file("out", false, "abc"), CLI_IO);
    assert_file("out", "before");
    assert_int_equal(write_file("out", true, "abc"), CLI_DONE);
    assert_file("out", "abc");
    assert_int_equal(count_files(), 1);
}

static void spares_a_file_that_came_meanwhile(void **state)
{
    struct file_output output;

    (void)state;
    assert_int_equal(file_create(&output, "out", false, NULL, 0), CLI_DONE);
    put_file("out", "other");
    assert_int_equal(file_commit(&output, (const uint8_t *)"abc", 3), CLI_IO);
    assert_file("out", "other");
    assert_int_equal(count_files(), 1);
}

static void never_overwrites_an_input(void **state)
{
    const char *inputs[] = {NULL, "-", "in"};
    struct file_output output;

    (void)state;
    put_file("in", "input");
    assert_int_equal(link("in", "same"), 0);
    assert_int_equal(file_create(&output, "same", true, inputs, 3), CLI_USAGE);
    assert_file("in", "input");
    assert_int_equal(count_files(), 2);
}

static void writes_to_the_target_of_a_link(void **state)
{
    struct stat st;

    (void)state;
    put_file("target", "before");
    assert_int_equal(symlink("target", "out"), 0);
    assert_int_equal(write_file("out", true, "abc"), CLI_DONE);
    assert_file("target", "abc");
    assert_int_equal(lstat("out", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

static void names_what_cannot_be_written(void **state)
{
    (void)state;
    assert_int_equal(write_file("missing/out", false, "abc"), CLI_IO);
    assert_string_equal(message, "missing/out: cannot write: No such file or "
                                 "directory");
    assert_int_equal(write_file(".", true, "abc"), CLI_IO);
    assert_string_equal(message, ".: cannot write: is a directory");
    assert_int_equal(write_file("/dev/full", false, "abc"), CLI_IO);
    assert_string_equal(message,
                        "/dev/full: cannot write: No space left on device");
}

static void write_error_leaves_nothing(void **state)
{
    struct rlimit before;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {2, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum cli_exit status = write_file("out", false, "abc");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, CLI_IO);
    assert_string_equal(message, "out: cannot write: File too large");
    assert_int_equal(count_files(), 0);
}

static void signal_leaves_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct file_output output;
            struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            if (file_create(&output, "out", false, NULL, 0) == CLI_DONE &&
                count_files() == 1) {
                raise(ending_signals[i]);
            }
            _exit(1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), ending_signals[i]);
        assert_int_equal(count_files(), 0);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_up_to_the_limit),
        TEST(reads_an_empty_file),
        TEST(reads_a_pipe_of_any_size),
        TEST(refuses_a_pipe_beyond_the_limit),
        TEST(names_what_cannot_be_read),
        TEST(output_appears_at_the_end),
        TEST(output_has_the_usual_permissions),
        TEST(discarded_output_leaves_nothing),
        TEST(overwrites_with_force_only),
        TEST(spares_a_file_that_came_meanwhile),
        TEST(never_overwrites_an_input),
        TEST(writes_to_the_target_of_a_link),
        TEST(names_what_cannot_be_written),
        TEST(write_error_leaves_nothing),
        TEST(signal_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
