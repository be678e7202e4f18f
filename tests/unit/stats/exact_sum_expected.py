# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes exact_sum_expected.txt: lines of a sum and what is added, "COUNT VALUE" each, all as hexadecimal floats. The sum is
that of Python's fractions, rounded once."""
import fractions
import random

chance = random.Random(5)


def draw():
    return chance.choice([
        lambda: chance.uniform(-100, 100), lambda: chance.uniform(0, 1) / 3, lambda: float(chance.randrange(-9, 9)),
        lambda: chance.uniform(-1, 1) * 2.0 ** chance.randrange(-1000, 900), lambda: 5e-324 * chance.randrange(1 << 20),
        lambda: 2.0 ** chance.randrange(-60, 60), lambda: 1.7976931348623157e308])()


for length in [1, 1, 1, 2, 2, 2, 3, 3] + [chance.randrange(2, 40) for _ in range(200)]:
    terms = [(chance.choice([1, 1, -1, 3, 1000003]), draw()) for _ in range(length)]
    terms += [(-count, value) for count, value in terms if chance.random() < 0.6]
    chance.shuffle(terms)
    exact = sum((count * fractions.Fraction(value) for count, value in terms), fractions.Fraction(0))
    try:
        rounded = float(exact)
    except OverflowError:
        continue
    print(rounded.hex(), *(f"{count} {value.hex()}" for count, value in terms))
