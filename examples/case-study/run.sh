#!/bin/bash
# The case study of docs/guides/which-rule-paid.md on your own copy of the data: run.sh FOLDER [INTO]
# FOLDER holds us_multiasset_monthly_1963_2022.csv and etf5_daily_prices.csv; EVENKEEL is the command.
set -euo pipefail
data=$1
into=${2:-out/case-study}
here=$(cd "$(dirname "$0")" && pwd)
evenkeel=${EVENKEEL:-evenkeel}
prepare() { # NAME POLICY SOURCE TARGET KIND
    mkdir -p "$into/$1"
    cp "$here/$2" "$into/$1/policy.toml"
    { echo "# kind: $5"; cat "$data/$3"; } > "$into/$1/$4"
}
prepare 60-40 60-40.toml us_multiasset_monthly_1963_2022.csv returns.csv total_return
prepare multi-asset multi-asset.toml us_multiasset_monthly_1963_2022.csv returns.csv total_return
prepare etf etf.toml etf5_daily_prices.csv prices.csv total_return
for study in 60-40 multi-asset etf; do
    "$evenkeel" compare "$into/$study" --hold --csv "$into/$study-rules.csv" \
        --variant "every look: bands.absolute=0.000001" \
        --variant "2 points: bands.absolute=0.02" \
        --variant "10 points: bands.absolute=0.1" \
        --variant "5 points, half way: rebalance.destination=half_way" \
        --variant "5 points, to the edge: rebalance.destination=band_edge" \
        --variant "5 points, costs of 50 bp: costs.proportional=0.005" \
        --variant "every look, costs of 50 bp: bands.absolute=0.000001 costs.proportional=0.005" \
        > "$into/$study-rules.txt" 2> "$into/$study-warnings.txt"
    "$evenkeel" backtest "$into/$study" --pictures "$into/$study-pictures" > "$into/$study.txt" 2>> "$into/$study-warnings.txt"
    "$evenkeel" sweep "$into/$study" --gear vector --grid bands.absolute=0.01,0.02,0.03,0.05,0.075,0.1,0.15 \
        --grid look=daily,month_end,quarter_end,year_end --pictures "$into/$study-pictures" --csv "$into/$study-grid.csv" \
        > "$into/$study-grid.txt" 2>> "$into/$study-warnings.txt"
done
