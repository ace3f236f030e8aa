// SPDX-License-Identifier: MIT
// Lists of devices: what is read of each line, and what is wrong with it.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "targetlist.h"

static struct target_list list;
static struct target target;

static void begin(const char *text)
{
    list = (struct target_list){.text = text};
}

// The next one is this, without a fault.
static void expect(size_t line, const char *identity)
{
    assert_true(target_next(&target, &list));
    assert_int_equal(list.line, line);
    assert_string_equal(target.identity, identity);
    assert_null(target.fault);
}

static void expect_fault(size_t line, const char *identity)
{
    assert_true(target_next(&target, &list));
    assert_int_equal(list.line, line);
    assert_string_equal(target.identity, identity);
    assert_non_null(target.fault);
}

static void expect_end(void)
{
    assert_false(target_next(&target, &list));
    assert_false(target_next(&target, &list));
}

static void test_lines(void **state)
{
    (void)state;
    begin("");
    expect_end();
    begin("866714040000001\r\n\r\n  866714040000002,note\n# 3\n"
          "\"ab:cd-1\";x\n,first column is empty\nA0_.");
    expect(1, "866714040000001");
    expect(3, "866714040000002");
    expect(5, "ab:cd-1");
    expect_fault(6, "first column is empty");
    expect(7, "A0_.");
    expect_end();
}

static void test_titles(void **state)
{
    (void)state;
    begin("\xef\xbb\xbfimei,note\n86671404000001,\n");
    expect(2, "86671404000001");
    expect_end();
    begin("\xef\xbb\xbf\"86671404000001\"\nimei\n");
    expect(1, "86671404000001");
    expect(2, "imei");
    expect_end();
}

// A first line without a digit is one that is not known, rather than a device.
static void test_no_titles(void **state)
{
    (void)state;
    begin("ICCID\n866714040000011\nBADLINE\n");
    expect_fault(1, "ICCID");
    expect(2, "866714040000011");
    expect(3, "BADLINE");
    expect_end();
    begin("x y\n");
    expect_fault(1, "x y");
    begin("AA:BB:CC:DD:EE:FF\n");
    expect(1, "AABBCCDDEEFF");
    begin("\"Identity\";x\n");
    expect_end();
    begin("\xe8\xae\xbe\xe5\xa4\x87,x\n");
    expect_end();
}

// The title names the column.
static void test_columns(void **state)
{
    (void)state;
    begin("name,\"IMEI\" ,note\r\n\"lamp 1\",866714040000001,x\r\n,,\r\n"
          "lamp 2\r\nlamp 3;866714040000003\r\n");
    expect(2, "866714040000001");
    expect_fault(4, "lamp 2");
    expect(5, "866714040000003");
    expect_end();
    begin("lamp 1,866714040000001\n");
    expect_fault(1, "lamp 1");
    begin("866714040000001,device\n866714040000002,device\n");
    expect(1, "866714040000001");
    expect(2, "866714040000002");
    expect_end();
}

// As old editors end lines.
static void test_ends(void **state)
{
    (void)state;
    begin("866714040000001\r866714040000002\r\n\n866714040000003");
    expect(1, "866714040000001");
    expect(2, "866714040000002");
    expect(4, "866714040000003");
    expect_end();
}

// A title comes first, but for comments, and may be Chinese.
static void test_titles_after_comments(void **state)
{
    (void)state;
    begin("# of May\n\nIMEI\xe5\x8f\xb7,note\n86671404000001,1\nimei\n");
    expect(4, "86671404000001");
    expect(5, "imei");
    expect_end();
}

// The second one was left out without a word.
static void test_two_in_a_line(void **state)
{
    (void)state;
    begin("866714040000011,866714040000012\n"
          "866714040000013 866714040000014\n866714040000015,x\n");
    expect_fault(1, "866714040000011");
    expect_fault(2, "866714040000013 866714040000014");
    expect(3, "866714040000015");
    expect_end();
    begin("imei,imsi\n866714040000011,460001234567890\n");
    expect(2, "866714040000011");
    expect_end();
}

static void test_faults(void **state)
{
    (void)state;
    begin("1234567890123\n123456789012345678\nabc\nab+1\n12345678901234\n");
    expect_fault(1, "1234567890123");
    expect_fault(2, "123456789012345678");
    expect_fault(3, "abc");
    expect_fault(4, "ab+1");
    expect(5, "12345678901234");
    expect_end();
}

// A MAC is found however it is written, also one without letters.
static void test_macs(void **state)
{
    (void)state;
    begin("aa:bb:cc:dd:ee:ff\n00-11-22-33-44-55\n001122334455\nAABBCCDDEEf0");
    expect(1, "AABBCCDDEEFF");
    expect(2, "001122334455");
    expect(3, "001122334455");
    expect(4, "AABBCCDDEEF0");
    expect_end();
}

// It was cut and taken for another identity.
static void test_long(void **state)
{
    char text[80];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[0] = '1';
    text[63] = 0;
    begin(text);
    expect(1, text);
    text[63] = 'x';
    text[64] = 0;
    begin(text);
    assert_true(target_next(&target, &list));
    assert_non_null(target.fault);
    assert_int_equal(strlen(target.identity), 63);
}

// What is told of a line stays UTF-8: a full-width A was taken for a part of the
// mark, a character at the end was cut.
static void test_characters(void **state)
{
    char text[80];

    (void)state;
    begin("\xef\xbc\xa1"
          "1234\n\xef\xbb\xbf"
          "A1234\n");
    expect_fault(1, "\xef\xbc\xa1"
                    "1234");
    expect(2, "A1234");
    memset(text, '1', sizeof(text));
    strcpy(text + 61, "\xe4\xb8\xad");
    begin(text);
    assert_true(target_next(&target, &list));
    assert_non_null(target.fault);
    assert_int_equal(strlen(target.identity), 61);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_no_titles),
        cmocka_unit_test(test_titles_after_comments),
        cmocka_unit_test(test_two_in_a_line),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
