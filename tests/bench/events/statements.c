/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Where digits of a statement's own go, there are as many of one letter. */
static const char template[] =
    "{\"id\":\"IIIIIIII-IIII-4III-8III-IIIIIIIIIIII\",\"actor\":{\"objectType\":\"Agent\",\"account\":{"
    "\"homePage\":\"https://lms.example\",\"name\":\"student-SSSSSSSS\"}},"
    "\"verb\":{\"id\":\"https://w3id.org/xapi/video/verbs/VVVVVV\"},"
    "\"object\":{\"id\":\"https://lms.example/video/OOOOOOOO\",\"definition\":{"
    "\"type\":\"https://w3id.org/xapi/video/activity-type/video\"}},"
    "\"result\":{\"duration\":\"PT1DDDS\",\"extensions\":{\"https://w3id.org/xapi/video/extensions/"
    "time\":1XXX.XXX}},"
    "\"context\":{\"contextActivities\":{\"parent\":[{\"id\":\"https://lms.example/course/"
    "CCCC\",\"definition\":{"
    "\"type\":\"http://adlnet.gov/expapi/activities/course\"}}]}},"
    "\"timestamp\":\"YYYY-MM-DDThh:mm:ss.fffZ\"}";

static const char verbs[][7] = {"played", "paused", "seeked"};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

size_t statement_size(void)
{
    return sizeof template - 1;
}

/* splitmix64: consecutive numbers come out as if they had been drawn. */
static uint64_t scattered(uint64_t number)
{
    number += UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ number >> 31;
}

int64_t statement_time(const struct statements *statements, uint64_t number)
{
    return statements->begin + (int64_t)number * statements->step;
}

unsigned statement_student(uint64_t number)
{
    return (unsigned)(scattered(number) % STATEMENT_STUDENTS);
}

/* A student takes four courses, not all of them. */
unsigned statement_course(uint64_t number)
{
    const unsigned which = (unsigned)(scattered(number) >> 32) % 4;
    return (statement_student(number) * 4 + which * 53) % STATEMENT_COURSES;
}

static char *field(char *out, char letter)
{
    return out + (strchr(template, letter) - template);
}

static void put_decimal(char *at, size_t digits, uint64_t value)
{
    while (digits--) {
        at[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* Into the places that `letter` has from `at` on, dashes and the digits of the version left alone. */
static void put_hexadecimal(char *at, char letter, uint64_t high, uint64_t low)
{
    const char *form = template + (strchr(template, letter) - template);
    for (size_t i = 0; form[i] != '"'; i++)
        if (form[i] == letter) {
            at[i] = "0123456789abcdef"[low & 15];
            low = low >> 4 | high << 60;
            high >>= 4;
        }
}

static void put_time(char *at, int64_t time)
{
    const time_t seconds = (time_t)(time / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    put_decimal(at, 4, (uint64_t)tm.tm_year + 1900);
    put_decimal(at + 5, 2, (uint64_t)tm.tm_mon + 1);
    put_decimal(at + 8, 2, (uint64_t)tm.tm_mday);
    put_decimal(at + 11, 2, (uint64_t)tm.tm_hour);
    put_decimal(at + 14, 2, (uint64_t)tm.tm_min);
    put_decimal(at + 17, 2, (uint64_t)tm.tm_sec);
    put_decimal(at + 20, 3, (uint64_t)(time % 1000));
}

void statement_put(const struct statements *statements, uint64_t number, char *out)
{
    const uint64_t chance = scattered(number), more = scattered(chance);
    const unsigned course = statement_course(number);
    memcpy(out, template, sizeof template - 1);
    put_hexadecimal(field(out, 'I'), 'I', chance, more);
    put_decimal(field(out, 'S'), 8, statement_student(number));
    memcpy(field(out, 'V'), verbs[more % VERBS], sizeof verbs[0] - 1);
    put_decimal(field(out, 'O'), 8, course * 10 + more % 10);
    put_decimal(field(out, 'X'), 3, more >> 8);
    put_decimal(field(out, 'X') + 4, 3, more >> 20);
    put_decimal(field(out, 'D'), 3, more >> 32);
    put_decimal(field(out, 'C'), 4, course);
    put_time(field(out, 'Y'), statement_time(statements, number));
}

uint64_t number_argument(const char *text)
{
    char *end;
    const uint64_t number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0') {
        fprintf(stderr, "'%s' is not a whole number\n", text);
        exit(EXIT_FAILURE);
    }
    return number;
}
