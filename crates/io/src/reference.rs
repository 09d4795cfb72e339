//! The reference of files, from the definitions by which they are read.

use crate::page::Brand;
use crate::table::Format;
use crate::{
    actions, assumptions, benchmark, book, constituents, exposures, factors, fx, holdings, household, instruments, journal, mapping,
    prices, results, sales, segments, signals,
};

/// Every tabular format, in the order of the reference.
pub const FORMATS: [&Format; 19] = [
    &instruments::FORMAT,
    &holdings::FORMAT,
    &journal::FORMAT,
    &prices::WIDE_FORMAT,
    &prices::LONG_FORMAT,
    &prices::WIDE_RETURNS_FORMAT,
    &prices::LONG_RETURNS_FORMAT,
    &fx::FORMAT,
    &signals::WIDE_FORMAT,
    &signals::LONG_FORMAT,
    &sales::FORMAT,
    &actions::FORMAT,
    &benchmark::WIDE_FORMAT,
    &benchmark::LONG_FORMAT,
    &segments::FORMAT,
    &constituents::FORMAT,
    &factors::FORMAT,
    &exposures::FORMAT,
    &results::FORMAT,
];

const TABLES: &str = "# Tabular files

Generated from the code that reads them; do not edit.

Files are UTF-8 text with commas between fields, quotes by RFC 4180 and a header line; columns may stand in any order. Dates are `YYYY-MM-DD`. Decimals have a point, no grouping and at most nine digits after it. Fractions are not percent: 0.01 is one percent. Lists are parted by `;`. Spaces around an unquoted value do not count. A first line `# schema_version: 1` may say the version of the format; without it, it is 1. A column that is not listed here, or given twice, is an error, and every bad row is reported, up to a hundred.

Files of others are read through a [mapping](mapping.md).

";

const PARQUET: &str = "
## prices.parquet

The columns of `prices.csv`, wide or long: `date` is a date, a timestamp or text, prices are floating-point, whole or decimal numbers, null where there was none. The file's metadata says the kind of price under the key `kind`. A mapping file beside it is refused: give the columns these names.
";

const JSON_LINES: &str = r#"
## journal.jsonl

The first line is `{"schema_version":1}`; each further line is one event with its number, account, dates and kind. It takes every kind of event. Numbers are text, so that no reader rounds them; what is left out is none. One of each kind:

```json
{"sequence":1,"account":"taxable","dates":{"trade":"2024-01-02"},"kind":{"deposit":{"amount":"1000","currency":"USD"}}}
{"sequence":2,"account":"taxable","dates":{"trade":"2024-01-03"},"kind":{"buy":{"instrument":"VTI","quantity":"2","gross":{"amount":"500","currency":"USD"},"fees":{"amount":"0","currency":"USD"},"selection":"strict"}}}
{"sequence":3,"account":"taxable","dates":{"trade":"2024-01-04"},"kind":{"sell":{"instrument":"VTI","quantity":"1","gross":{"amount":"255","currency":"USD"},"fees":{"amount":"1","currency":"USD"},"selection":{"by":"fifo"}}}}
{"sequence":4,"account":"taxable","dates":{"trade":"2024-01-05"},"kind":{"sell_short":{"instrument":"BND","quantity":"3","gross":{"amount":"220","currency":"USD"},"fees":{"amount":"0","currency":"USD"},"selection":"strict"}}}
{"sequence":5,"account":"taxable","dates":{"trade":"2024-03-20"},"kind":{"dividend":{"instrument":"VTI","income":{"gross":{"amount":"12.50","currency":"USD"},"withheld":{"amount":"1.50","currency":"USD"},"reinvested":{"instrument":"VTI","quantity":"0.04","cost":{"amount":"11.00","currency":"USD"}}}}}}
{"sequence":6,"account":"taxable","dates":{"trade":"2024-03-28"},"kind":{"interest":{"income":{"gross":{"amount":"3.10","currency":"USD"},"withheld":{"amount":"0","currency":"USD"}}}}}
{"sequence":7,"account":"taxable","dates":{"trade":"2024-04-02"},"kind":{"withdrawal":{"amount":"50","currency":"USD"}}}
{"sequence":8,"account":"taxable","dates":{"trade":"2024-04-03"},"kind":{"fee":{"amount":"5","currency":"USD"}}}
{"sequence":9,"account":"taxable","dates":{"trade":"2024-04-15"},"kind":{"split":{"instrument":"VTI","ratio":{"new":"3","old":"2"},"cash_in_lieu":{"quantity":"0.5","proceeds":{"amount":"85.20","currency":"USD"},"selection":{"by":"fifo"}}}}}
{"sequence":10,"account":"taxable","dates":{"trade":"2024-05-01"},"kind":{"symbol_change":{"from":"VTI","to":"ITOT"}}}
{"sequence":11,"account":"taxable","dates":{"trade":"2024-05-02"},"kind":{"merger":{"from":"ITOT","terms":{"stock_and_cash":{"stock":{"instrument":"VTI","ratio":{"new":"1","old":"3"}},"stock_value":{"amount":"240","currency":"USD"},"cash":{"amount":"10","currency":"USD"}}}}}}
{"sequence":12,"account":"taxable","dates":{"trade":"2024-05-03"},"kind":{"spin_off":{"parent":"VTI","child":"ITOT","ratio":{"new":"1","old":"4"},"basis_fraction":"0.2"}}}
{"sequence":13,"account":"taxable","dates":{"trade":"2024-05-06"},"kind":{"transfer_in":[{"id":"x9","instrument":"AOR","quantity":"50","cost_basis":{"amount":"2500","currency":"USD"},"acquired":"2020-01-02"}]}}
{"sequence":14,"account":"taxable","dates":{"trade":"2024-05-07"},"kind":{"transfer_out":{"instrument":"AOR","quantity":"20","selection":{"specific":[{"lot":"x9","quantity":"20"}]},"to":"ira"}}}
{"sequence":15,"account":"taxable","dates":{"trade":"2024-05-08"},"kind":{"rematch":{"disposal":3,"instrument":"VTI","from":"2","quantity":"1","to":{"lot":"5"}}}}
{"sequence":16,"account":"taxable","dates":{"trade":"2024-05-09"},"kind":{"defer_loss":{"disposal":3,"instrument":"VTI","from":"2","loss":{"amount":"4","currency":"USD"},"into":{"account":"taxable","instrument":"VTI","lot":"5","quantity":"1","held_since":"2024-01-03"}}}}
```

Lots are taken by `"strict"` (where only one answer is possible), `{"by":"fifo"}` (or `lifo`, `hifo`, `lofo`, `average_cost`) or `{"specific":[…]}`. The terms of a merger are `cash` (`{"proceeds":…}`), `stock` (`{"instrument":…,"ratio":…}`), `stock_and_cash`, or `taxed` with the fields of that; a rematch goes to a `lot` or to what is `pooled` (`{"acquired":…,"basis":…}`). Beside `trade` the dates may give `settlement`, `ex` and `pay`, and an event in another currency than the account's `"fx":{"base":"EUR","quote":"USD","rate":"1.1","date":"2024-05-09"}`.
"#;

/// The pages of the reference: name and content.
pub fn pages() -> [(&'static str, String); 6] {
    let tables: Vec<String> = FORMATS.iter().map(|format| format.reference()).collect();
    let document = |title: &str, keys: String| {
        let head = "Generated from the code that reads it; do not edit. Keys that are not listed here are errors.";
        format!("# {title}\n\n{head}\n\n{}\n", keys.trim())
    };
    [
        ("files.md", format!("{TABLES}{}{PARQUET}{JSON_LINES}", tables.join("\n"))),
        ("household.md", document("household.toml", household::reference())),
        ("assumptions.md", document("assumptions.toml", assumptions::reference())),
        ("books.md", book::page()),
        ("brand.md", document("Brand files", Brand::reference())),
        ("mapping.md", document("Mapping files", mapping::Mapping::reference())),
    ]
}
