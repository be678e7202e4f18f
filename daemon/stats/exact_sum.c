/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/exact_sum.h"

#include <math.h>
#include <stdbool.h>

enum { LIMB_BITS = 32, LOWEST = 1074, MANTISSA_BITS = 53, PARTS = 4 };

__extension__ typedef unsigned __int128 wide;

static const int64_t limb_size = (int64_t)1 << LIMB_BITS;

/* Each limb but the last in [0, 2^32); the last has the sign. */
static void carry(struct exact_sum *sum)
{
    for (int i = 0; i + 1 < EXACT_SUM_LIMBS; i++) {
        const int64_t low = sum->limbs[i] & (limb_size - 1);
        sum->limbs[i + 1] += (sum->limbs[i] - low) / limb_size;
        sum->limbs[i] = low;
    }
}

/* What is added to a limb is below 2^32, so carrying after each addition keeps all of them far from
 * overflowing; only as far as something is carried. */
static void add_part(struct exact_sum *sum, int limb, int64_t part)
{
    sum->limbs[limb] += part;
    for (; limb + 1 < EXACT_SUM_LIMBS && (sum->limbs[limb] >= limb_size || sum->limbs[limb] < 0); limb++) {
        const int64_t low = sum->limbs[limb] & (limb_size - 1);
        sum->limbs[limb + 1] += (sum->limbs[limb] - low) / limb_size;
        sum->limbs[limb] = low;
    }
}

void exact_sum_add(struct exact_sum *sum, double value, int64_t count)
{
    int exponent;
    const double fraction = frexp(fabs(value), &exponent);
    if (fraction == 0 || count == 0)
        return;
    int shift = exponent - MANTISSA_BITS + LOWEST;
    wide whole = (wide)ldexp(fraction, MANTISSA_BITS);
    if (shift < 0) { /* a subnormal one, whose last bits are noughts */
        whole >>= -shift;
        shift = 0;
    }
    whole = (whole * (uint64_t)(count < 0 ? -count : count)) << shift % LIMB_BITS;
    const int64_t sign = (value < 0) == (count < 0) ? 1 : -1;
    for (int i = 0; i < PARTS; i++, whole >>= LIMB_BITS)
        add_part(sum, shift / LIMB_BITS + i, sign * (int64_t)(whole & (uint64_t)(limb_size - 1)));
}

void exact_sum_merge(struct exact_sum *sum, const struct exact_sum *other)
{
    for (int i = 0; i < EXACT_SUM_LIMBS; i++)
        sum->limbs[i] += other->limbs[i];
    carry(sum);
}

/* All limbs in [0, 2^32), and the sign. */
static bool magnitude(const struct exact_sum *sum, struct exact_sum *out)
{
    *out = *sum;
    carry(out);
    const bool negative = out->limbs[EXACT_SUM_LIMBS - 1] < 0;
    for (int i = 0; negative && i < EXACT_SUM_LIMBS; i++)
        out->limbs[i] = -out->limbs[i];
    carry(out);
    return negative;
}

static int top_of(const struct exact_sum *sum)
{
    int top = EXACT_SUM_LIMBS - 1;
    while (top >= 0 && sum->limbs[top] == 0)
        top--;
    return top;
}

/* Three limbs hold 65 bits at least, so whether anything is below them decides no more than a tie. */
double exact_sum_value(const struct exact_sum *sum)
{
    struct exact_sum whole;
    const bool negative = magnitude(sum, &whole);
    const int top = top_of(&whole), lowest = top < 2 ? 0 : top - 2;
    wide head = 0;
    bool more = false;
    for (int i = top; i >= lowest; i--)
        head = head << LIMB_BITS | (uint64_t)whole.limbs[i];
    for (int i = lowest - 1; i >= 0 && !more; i--)
        more = whole.limbs[i] != 0;
    const double value = ldexp((double)(head | more), lowest * LIMB_BITS - LOWEST);
    return negative ? -value : value;
}

/* Twice the number of limbs, and one if it is negative; the lowest limb's place; the limbs. */
void exact_sum_encode(const struct exact_sum *sum, struct buf *out)
{
    struct exact_sum whole;
    const bool negative = magnitude(sum, &whole);
    const int top = top_of(&whole);
    int lowest = 0;
    while (lowest < top && whole.limbs[lowest] == 0)
        lowest++;
    const int count = top - lowest + 1;
    buf_put_varint(out, 2 * (uint64_t)(top < 0 ? 0 : count) + (negative ? 1 : 0));
    if (top < 0)
        return;
    buf_put_varint(out, (uint64_t)lowest);
    for (int i = lowest; i <= top; i++)
        buf_put_u32(out, (uint32_t)whole.limbs[i]);
}

void exact_sum_decode(struct exact_sum *sum, struct reader *reader)
{
    const uint64_t head = read_varint(reader), count = head / 2;
    if (count == 0)
        return;
    const uint64_t lowest = read_varint(reader);
    if (count > EXACT_SUM_LIMBS || lowest > EXACT_SUM_LIMBS - count)
        reader->failed = true;
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        const int64_t limb = read_u32(reader);
        sum->limbs[lowest + i] = head % 2 ? -limb : limb;
    }
    carry(sum);
}
