//! The reference of books, from the definitions by which they are read and written.

use std::fmt::Write as _;

use crate::limits::{MAX_SHARD_ACCOUNTS, MAX_SHARD_LOTS};

use super::proposals;
use super::shard::{FIELDS, Kind, Place};

const HEAD: &str = "# Books of many accounts

Generated from the code that reads and writes them; do not edit.

A book is a folder that `evenkeel batch` decides on as a whole. What all households share stands in it once; the households
stand in shards, Parquet files of one row an account.

| file | what |
|---|---|
| `book.toml` | name, day, and the policy of each model |
| `instruments.csv` | [what may be held](files.md) |
| `prices.csv` or `prices.parquet` | prices, raw or split-adjusted |
| `fx.csv`, `assumptions.toml` | where they are needed |
| the policies that `book.toml` names | [policies](policy.md), such as `policies/growth.toml` |
| `shards.json` | the manifest: every shard, in order |
| the shards that it lists | such as `shards/00000.parquet` |

Readers follow the manifest and never list a folder, so a file that is not listed is not of the book.

```json
{\"schema_version\": 1, \"shards\": [{\"file\": \"shards/00000.parquet\", \"households\": 4000, \"accounts\": 9371, \"lots\": 281130, \"sha256\": \"9f86…\"}]}
```

Only `file` is needed; the numbers and the hash are checked where they are there.

";

const RULES: &str = "
- Households stand in ascending order of their names, byte by byte, over all shards. The rows of one household stand together and
  never lie in two shards: it is decided on as a whole. What breaks this is refused with file and row.
- Lots stand in the order of symbol, date and name. Another order is read too, and gives the same.
- Decimals are Parquet decimals of at most nine places, in 32 or 64 bits or in bytes (`decimal128(38, 9)` in Arrow); floating-point
  numbers are refused. Dates are `DATE` (`date32`). Texts are UTF-8. Any compression of this program's Parquet reader: none, Snappy, Zstandard.
- Columns that may be null may be left out; columns of other names are not looked at.
- A row that is broken is an exception of its household alone. A file that is broken ends nothing but its own shard, and keeps the
  run from being published until it is mended.
- The metadata may say `evenkeel.schema_version`; another than 1 is refused.
- Flat rows, one a lot with the columns of the lot beside those of the account, are read where they are sorted by household and
  account, and say the same of an account in each of its rows. An account without lots has one row, whose `symbol` is null.
";

/// `docs/reference/books.md`.
pub(crate) fn page() -> String {
    let keys = super::keys().replace("## ", "### ");
    let mut page = format!("{HEAD}## book.toml\n\n{}\n", keys.trim());
    let _ = write!(page, "\n## Shards\n\nOne row an account; at most {MAX_SHARD_ACCOUNTS} accounts and {MAX_SHARD_LOTS} lots each.\n");
    page.push_str("\n| column | type | | meaning |\n|---|---|---|---|\n");
    for field in &FIELDS {
        let kind = match (field.kind, field.place) {
            (Kind::Text, Place::Menu) => "list of text",
            (Kind::Text, _) => "text",
            (Kind::Decimal, _) => "decimal",
            (Kind::Date, _) => "date",
            (Kind::LotName, _) => "64-bit number or text",
        };
        let name = match field.place {
            Place::Lot | Place::LossSale => format!("{}[].{}", field.place.list(), field.name),
            Place::Account | Place::Menu => field.name.to_owned(),
        };
        let _ = writeln!(page, "| `{name}` | {kind} | {} | {} |", if field.optional { "may be null" } else { "" }, field.about);
    }
    page.push_str(RULES);
    page.push_str(proposals::HEAD);
    for field in &proposals::FIELDS {
        let name = format!("{}{}", field.group.path(), if field.group == proposals::Group::Notes { "" } else { field.name });
        let _ =
            writeln!(page, "| `{name}` | {} | {} | {} |", field.kind.name(), if field.optional { "may be null" } else { "" }, field.about);
    }
    page
}
