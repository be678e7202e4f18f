/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which addresses may be listened on, and how they are written. */
#include "api/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void addresses_of_this_machine_are_read(void **state)
{
    static const struct {
        const char *text;
        int family;
        const char *host;
        unsigned port;
    } cases[] = {
        {"127.0.0.1:8787", AF_INET, "127.0.0.1", 8787},   {"localhost:80", AF_INET, "127.0.0.1", 80},
        {"127.3.2.1:65535", AF_INET, "127.3.2.1", 65535}, {"[::1]:1", AF_INET6, "::1", 1},
        {"[0:0:0:0:0:0:0:1]:99", AF_INET6, "::1", 99},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tcp_address read;
        struct error error = {0};
        char host[INET6_ADDRSTRLEN];
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&read.address;
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&read.address;
        assert_int_equal(tcp_address_read(cases[i].text, &read, &error), 0);
        assert_int_equal(read.address.ss_family, cases[i].family);
        const int is_v4 = cases[i].family == AF_INET;
        inet_ntop(cases[i].family, is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr, host,
                  sizeof host);
        assert_string_equal(host, cases[i].host);
        assert_int_equal(ntohs(is_v4 ? v4->sin_port : v6->sin6_port), cases[i].port);
        assert_int_equal(read.size, is_v4 ? sizeof *v4 : sizeof *v6);
    }
}

static void assert_refused(const char *text, const char *word)
{
    struct tcp_address read;
    struct error error = {0};
    assert_int_equal(tcp_address_read(text, &read, &error), -1);
    assert_int_equal(error.kind, ERROR_INPUT);
    if (!strstr(error.text, text) || !strstr(error.text, word))
        fail_msg("'%s' is refused as: %s", text, error.text);
}

static void other_addresses_are_refused_with_the_remedy(void **state)
{
    static const char *const texts[] = {"0.0.0.0:8787",      "10.0.0.1:8787",          "128.0.0.1:8787",
                                        "126.255.255.255:1", "192.168.1.1:443",        "[::]:8787",
                                        "[fe80::1]:8787",    "[::ffff:127.0.0.1]:8787"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_refused(texts[i], "TLS");
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const without_a_port[] = {"", "8787", "127.0.0.1", ":8787"};
    static const char *const with_a_wrong_port[] = {
        "127.0.0.1:",      "127.0.0.1:0",    "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1: 8787", "127.0.0.1:87x7", "[::1]",           "127.0.0.1:99999999999999999999999"};
    static const char *const with_a_wrong_host[] = {"127.0.0:1",     "127.0.0.256:1", "example.org:1",
                                                    "[::1:1",        "[]:1",          "[:1",
                                                    "[127.0.0.1]:1", "::1:1",         "127.0.0.1 :1"};
    (void)state;
    for (size_t i = 0; i < sizeof without_a_port / sizeof *without_a_port; i++)
        assert_refused(without_a_port[i], "HOST:PORT is wanted");
    for (size_t i = 0; i < sizeof with_a_wrong_port / sizeof *with_a_wrong_port; i++)
        assert_refused(with_a_wrong_port[i], "the port is a number");
    for (size_t i = 0; i < sizeof with_a_wrong_host / sizeof *with_a_wrong_host; i++)
        assert_refused(with_a_wrong_host[i], "an address is wanted");
    char long_one[3000];
    memset(long_one, '1', sizeof long_one);
    memcpy(long_one + sizeof long_one - 3, ":1", 3);
    struct tcp_address read;
    struct error error;
    assert_int_equal(tcp_address_read(long_one, &read, &error), -1);
}

static void only_listening_sockets_of_this_machine_are_taken_over(void **state)
{
    (void)state;
    struct error error;
    int pair[2];
    struct sockaddr_in any = {.sin_family = AF_INET};
    const int open_to_all = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(open_to_all, (const struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(tcp_check(open_to_all, &error), -1);
    close(open_to_all);
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int good = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(good, (const struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(tcp_check(good, &error), 0);
    assert_int_equal(bind(datagrams, (const struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(tcp_check(datagrams, &error), -1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(tcp_check(pair[0], &error), -1);
    close(good);
    close(datagrams);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_this_machine_are_read),
        cmocka_unit_test(other_addresses_are_refused_with_the_remedy),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(only_listening_sockets_of_this_machine_are_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
