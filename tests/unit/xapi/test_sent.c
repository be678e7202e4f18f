/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/sent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_hidden(const char *reason, const char *expected)
{
    char *hidden = sent_hide(reason);
    assert_string_equal(hidden, expected);
    free(hidden);
}

static void whoever_sent_it_reads_it_again(void **state)
{
    (void)state;
    char reason[100];
    snprintf(reason, sizeof reason, "in " SENT "anna" SENT_END " is no " SENT "b" SENT_END "; mend it");
    sent_show(reason);
    assert_string_equal(reason, "in anna is no b; mend it");
}

static void others_do_not(void **state)
{
    (void)state;
    assert_hidden("nothing was sent", "nothing was sent");
    assert_hidden("no \"" SENT "anna" SENT_END "\" here", "no \"\u2026\" here");
    assert_hidden("in " SENT "anna" SENT_END " is no " SENT "b" SENT_END "; mend it", "in \u2026; mend it");
}

static void marks_that_were_sent_show_nothing_more(void **state)
{
    (void)state;
    assert_hidden("no " SENT "anna" SENT_END " de vries" SENT_END " here", "no \u2026 here");
    assert_hidden("no " SENT "anna de v", "no \u2026");
    assert_hidden("in " SENT "anna" SENT_END " is no " SENT "de vr", "in \u2026");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_sent_it_reads_it_again),
        cmocka_unit_test(others_do_not),
        cmocka_unit_test(marks_that_were_sent_show_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
