// SPDX-License-Identifier: MIT
// AT commands: bytes to lines, lines to commands.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "atparser.h"

static struct at_line line;
static struct at_command command;
static char text[AT_LINE_MAX + 1];

static enum at_input type(const char *bytes)
{
    enum at_input last = AT_MORE;

    while (*bytes != 0) {
        last = at_line_add(&line, *bytes++);
    }
    return last;
}

static char *rest;

static bool parse(const char *from)
{
    strcpy(text, from);
    rest = at_begin(text);
    return at_parse(&command, &rest);
}

static void lines(void **state)
{
    (void)state;
    assert_int_equal(type("AT"), AT_MORE);
    assert_int_equal(type("I\r"), AT_LINE);
    assert_string_equal(line.text, "ATI");
    assert_int_equal(type("\nATX\b\bI\x7fZ\r"), AT_LINE);
    assert_string_equal(line.text, "AZ");
    assert_int_equal(type("\b\b\r"), AT_LINE);
    assert_string_equal(line.text, "");
}

static void long_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < AT_LINE_MAX; i++) {
        assert_int_equal(at_line_add(&line, 'x'), AT_MORE);
    }
    assert_int_equal(at_line_add(&line, '\r'), AT_LINE);
    assert_int_equal(strlen(line.text), AT_LINE_MAX);
    for (size_t i = 0; i < AT_LINE_MAX + 1; i++) {
        assert_int_equal(at_line_add(&line, 'x'), AT_MORE);
    }
    assert_int_equal(at_line_add(&line, '\r'), AT_TOO_LONG);
    assert_int_equal(type("AT\r"), AT_LINE);
    assert_string_equal(line.text, "AT");
}

static void kinds(void **state)
{
    static const struct {
        const char *line;
        const char *name;
        enum at_kind kind;
    } cases[] = {
        {"AT", "", AT_RUN},
        {" at ", "", AT_RUN},
        {"ATI", "I", AT_RUN},
        {"ate", "E", AT_RUN},
        {"ATE0", "E", AT_SET},
        {"at+cgmr", "+CGMR", AT_RUN},
        {"AT+WIMEI?", "+WIMEI", AT_READ},
        {"AT+UPGRADE=?", "+UPGRADE", AT_TEST},
        {"AT+UPGRADE=\"KEY\"", "+UPGRADE", AT_SET},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(parse(cases[i].line));
        assert_string_equal(command.name, cases[i].name);
        assert_int_equal(command.kind, cases[i].kind);
    }
}

static void arguments(void **state)
{
    (void)state;
    assert_true(parse("AT+UPGRADE=\"URL\",\"http://h/?a=1,2\",1"));
    assert_int_equal(command.count, 3);
    assert_string_equal(command.arguments[0].text, "URL");
    assert_true(command.arguments[0].is_quoted);
    assert_string_equal(command.arguments[1].text, "http://h/?a=1,2");
    assert_string_equal(command.arguments[2].text, "1");
    assert_false(command.arguments[2].is_quoted);
    assert_true(parse("AT+X=,\"\","));
    assert_int_equal(command.count, 3);
    assert_false(command.arguments[0].is_quoted);
    assert_true(command.arguments[1].is_quoted);
    assert_string_equal(command.arguments[2].text, "");
    assert_true(parse("AT+X=1,2,3,4,5"));
    assert_int_equal(command.count, AT_ARGUMENTS_MAX);
}

static void refused(void **state)
{
    static const char *const bad[] = {
        "AT+X=1,2,3,4,5,6",
        "AT+X=\"open",
        "AT+X=\"a\"b",
        "AT+X=a\"b\"",
        "AT+X!",
        "AT+X?1",
        "AT+AVERYLONGNAMEINDEEDX",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(parse(bad[i]));
    }
}

static void no_commands(void **state)
{
    static const char *const lines[] = {"", "A", "hello", " T"};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        strcpy(text, lines[i]);
        assert_null(at_begin(text));
    }
}

static void several(void **state)
{
    (void)state;
    assert_true(parse("ATE0; +X=\"a;b\",1 ;+CGMR;"));
    assert_string_equal(command.name, "E");
    assert_string_equal(command.arguments[0].text, "0");
    assert_true(at_parse(&command, &rest));
    assert_string_equal(command.name, "+X");
    assert_string_equal(command.arguments[0].text, "a;b");
    assert_string_equal(command.arguments[1].text, "1");
    assert_true(at_parse(&command, &rest));
    assert_string_equal(command.name, "+CGMR");
    assert_true(at_parse(&command, &rest));
    assert_string_equal(command.name, "");
    assert_null(rest);
    assert_false(parse("AT+X=\"a;+Y"));
    assert_null(rest);
}

static void numbers(void **state)
{
    static const char *const bad[] = {
        "", "-1", "+1", "1 ", "0x1", "4294967296", "99999999999999999999999"};
    struct at_argument a = {"4294967295", false};
    uint32_t n = 0;

    (void)state;
    assert_true(at_number(&n, &a, UINT32_MAX));
    assert_int_equal(n, UINT32_MAX);
    assert_false(at_number(&n, &a, UINT32_MAX - 1));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        a.text = bad[i];
        assert_false(at_number(&n, &a, UINT32_MAX));
    }
    a.text = "1";
    a.is_quoted = true;
    assert_false(at_number(&n, &a, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),       cmocka_unit_test(long_lines),
        cmocka_unit_test(kinds),       cmocka_unit_test(arguments),
        cmocka_unit_test(refused),     cmocka_unit_test(numbers),
        cmocka_unit_test(no_commands), cmocka_unit_test(several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
