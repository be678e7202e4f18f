/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A large survey export on standard output: ROWS respondents in 41 institutions and 600 teams, 40 answers
 * each. Answers are random; that does not matter to the time it takes to read them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ITEMS = 40, TEAMS = 600, INSTITUTIONS = 41 };

static uint64_t state;

static uint64_t chance(void) /* xorshift64 */
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static void put_row(void)
{
    const unsigned team = (unsigned)(chance() % TEAMS);
    printf("%016llx,2025-10-%02d 10:%02d:00,2025,ROC %u,Team %u", (unsigned long long)chance(),
           (int)(1 + chance() % 28), (int)(chance() % 60), team % INSTITUTIONS, team);
    for (int i = 0; i < ITEMS; i++) {
        const unsigned answer = (unsigned)(chance() >> 32) % 16;
        if (answer == 15)
            fputs(",", stdout); /* passed over */
        else
            printf(",%u", 1 + answer % 5);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("Usage: generate ROWS SEED\n", stderr);
        return 2;
    }
    state = 0x9e3779b97f4a7c15u * (uint64_t)(atoll(argv[2]) + 1);
    printf("token,submitdate,jaar,instelling,team");
    for (int i = 1; i <= ITEMS; i++)
        printf(",q%d", i);
    putchar('\n');
    for (long long rows = atoll(argv[1]); rows > 0; rows--)
        put_row();
    return 0;
}
