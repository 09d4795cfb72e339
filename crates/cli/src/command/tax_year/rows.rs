//! Disposals as a table: the columns of Form 8949, and where they come from.

use evenkeel_ledger::date::Date;

use crate::analysis::output::Csv;

use super::document::{Reported, TaxYearDocument};

const HEADER: [&str; 15] = [
    "owners",
    "term",
    "description",
    "acquired",
    "sold",
    "proceeds",
    "basis",
    "code",
    "adjustment",
    "gain",
    "currency",
    "account",
    "lot",
    "event",
    "provisional_until",
];

/// All disposals of all returns.
pub(super) fn table(document: &TaxYearDocument) -> Csv {
    let mut rows = Vec::new();
    for tax_return in &document.returns {
        let owners = tax_return.owners.join(";");
        for part in &tax_return.parts {
            rows.extend(part.disposals.iter().map(|disposal| row(&owners, part.term.unwrap_or_default(), disposal)));
        }
    }
    Csv { header: HEADER.map(str::to_owned).to_vec(), rows }
}

fn row(owners: &str, term: &str, disposal: &Reported) -> Vec<String> {
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    vec![
        owners.to_owned(),
        term.to_owned(),
        disposal.description.clone(),
        date(disposal.acquired),
        date(disposal.sold),
        disposal.proceeds.amount().to_string(),
        disposal.basis.amount().to_string(),
        disposal.code.clone(),
        disposal.adjustment.amount().to_string(),
        disposal.gain.amount().to_string(),
        disposal.gain.currency().to_string(),
        disposal.account.clone(),
        disposal.lot.to_string(),
        disposal.event.to_string(),
        date(disposal.provisional_until),
    ]
}
