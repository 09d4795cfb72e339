"""Writes prices.csv, actions.csv and benchmark.csv of this folder: twenty made-up years, the same from the seed each time.

Log-normal months with two bear markets; dividends and interest are paid every quarter and taken off the price; DOME splits once
and is merged away for cash, after which DOMX stands for its class; two prices are missing.
"""
import calendar
import datetime as dt
import math
import random

SEED, FIRST_YEAR, YEARS = 20061231, 2006, 20
# Expected return and volatility a year, yield a year, loading on the market, share of dividends taxed like long-term gains.
FUNDS = {"DOME": (0.085, 0.05, 0.018, 1.0, 0.95), "DOMX": (0.084, 0.05, 0.018, 1.0, 0.95),
         "FORE": (0.075, 0.09, 0.028, 0.95, 0.70), "BOND": (0.035, 0.04, 0.030, -0.05, 0.0)}
BEARS = {(2008, 6): -0.07, (2008, 9): -0.15, (2008, 10): -0.13, (2009, 2): -0.09, (2020, 2): -0.09, (2020, 3): -0.16}
MISSING = {("FORE", 2011, 8), ("BOND", 2017, 4)}
SPLIT, MERGED = (2014, 6), (2019, 9)

random.seed(SEED)
months = [(FIRST_YEAR + m // 12, m % 12 + 1) for m in range(12 * YEARS)]
day = lambda year, month: dt.date(year, month, calendar.monthrange(year, month)[1])
price = {symbol: 100.0 for symbol in FUNDS}
rows, actions, world = [[dt.date(FIRST_YEAR - 1, 12, 31)] + [100.0] * 4], [], [(dt.date(FIRST_YEAR - 1, 12, 31), 100.0)]
level = 100.0
for year, month in months:
    date, market, row = day(year, month), BEARS.get((year, month), random.gauss(0.0, 0.13 / math.sqrt(12))), []
    total = 0.0
    for symbol, (mean, noise, income, loading, qualified) in FUNDS.items():
        drift = (math.log1p(mean) - 0.5 * ((0.13 * loading) ** 2 + noise ** 2)) / 12
        growth = math.exp(drift + loading * market + random.gauss(0.0, noise / math.sqrt(12)))
        total += growth * {"DOMX": 0.39, "FORE": 0.21, "BOND": 0.40}.get(symbol, 0.0)
        price[symbol] *= growth
        if symbol == "DOME" and (year, month) >= MERGED:
            if (year, month) == MERGED:
                actions.append((date, symbol, "delisting", f"{price[symbol]:.2f}", "", "", ""))
            row.append("")
            continue
        if symbol == "DOME" and (year, month) == SPLIT:
            price[symbol] /= 2
            actions.append((date, symbol, "split", "", "", "2", "1"))
        if month % 3 == 0:
            paid = round(price[symbol] * income / 4, 4)
            price[symbol] -= paid
            actions.append((date, symbol, "dividend", f"{paid:.4f}", f"{qualified}", "", ""))
        row.append("" if (symbol, year, month) in MISSING else f"{price[symbol]:.2f}")
    rows.append([date] + row)
    level *= total
    world.append((date, level))

with open("prices.csv", "w") as file:
    file.write("# kind: raw\ndate," + ",".join(FUNDS) + "\n")
    file.writelines(",".join(map(str, row)) + "\n" for row in rows)
with open("actions.csv", "w") as file:
    file.write("date,symbol,kind,amount,qualified,new,old\n")
    file.writelines(",".join(map(str, action)) + "\n" for action in actions)
with open("benchmark.csv", "w") as file:
    file.write("# kind: total_return\ndate,world\n")
    file.writelines(f"{date},{value:.4f}\n" for date, value in world)
