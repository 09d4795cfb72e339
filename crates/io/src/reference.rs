//! The reference of files, from the definitions by which they are read.

use crate::table::Format;
use crate::{assumptions, benchmark, fx, holdings, household, instruments, journal, mapping, prices, signals};

/// Every tabular format, in the order of the reference.
pub const FORMATS: [&Format; 12] = [
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
    &benchmark::WIDE_FORMAT,
    &benchmark::LONG_FORMAT,
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

const JSON_LINES: &str = "
## journal.jsonl

The first line is `{\"schema_version\":1}`; each further line is one event with its number, account, dates and kind. It takes every kind of event: `buy`, `sell`, `sell_short`, `dividend`, `interest`, `deposit`, `withdrawal`, `fee`, `split`, `symbol_change`, `merger`, `spin_off`, `transfer_in`, `transfer_out`, `rematch`, `defer_loss`. Numbers are text, so that no reader rounds them:

```json
{\"sequence\":1,\"account\":\"taxable\",\"dates\":{\"trade\":\"2024-01-02\"},\"kind\":{\"deposit\":{\"amount\":\"1000\",\"currency\":\"USD\"}}}
{\"sequence\":2,\"account\":\"taxable\",\"dates\":{\"trade\":\"2024-01-03\"},\"kind\":{\"buy\":{\"instrument\":\"VTI\",\"quantity\":\"2\",\"gross\":{\"amount\":\"500\",\"currency\":\"USD\"},\"fees\":{\"amount\":\"0\",\"currency\":\"USD\"},\"selection\":\"strict\"}}}
```
";

/// The pages of the reference: name and content.
pub fn pages() -> [(&'static str, String); 4] {
    let tables: Vec<String> = FORMATS.iter().map(|format| format.reference()).collect();
    let document = |title: &str, keys: String| {
        let head = "Generated from the code that reads it; do not edit. Keys that are not listed here are errors.";
        format!("# {title}\n\n{head}\n\n{}\n", keys.trim())
    };
    [
        ("files.md", format!("{TABLES}{}{PARQUET}{JSON_LINES}", tables.join("\n"))),
        ("household.md", document("household.toml", household::reference())),
        ("assumptions.md", document("assumptions.toml", assumptions::reference())),
        ("mapping.md", document("Mapping files", mapping::Mapping::reference())),
    ]
}
