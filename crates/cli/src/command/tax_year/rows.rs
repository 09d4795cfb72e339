//! Disposals as a table: the columns of Form 8949, and where they come from.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Money, NumberError, Rounding};

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

/// All disposals of all returns, in cents.
///
/// # Errors
/// Amounts out of range.
pub(super) fn table(document: &TaxYearDocument) -> Result<Csv, NumberError> {
    let mut rows = Vec::new();
    for tax_return in &document.returns {
        let owners = tax_return.owners.join(";");
        for part in &tax_return.parts {
            for disposal in &part.disposals {
                rows.push(row(&owners, part.term.unwrap_or_default(), disposal)?);
            }
        }
    }
    Ok(Csv { header: HEADER.map(str::to_owned).to_vec(), rows })
}

/// Amounts in cents, of which the gain is proceeds less basis with the adjustment added, as the form asks.
fn in_cents(disposal: &Reported) -> Result<[Money; 4], NumberError> {
    let cents = |money: Money| money.to_cents(Rounding::HalfEven);
    let (proceeds, basis) = (cents(disposal.proceeds)?, cents(disposal.basis)?);
    let before = proceeds.try_sub(basis)?;
    let gain = if disposal.adjustment.is_zero() { before } else { cents(disposal.gain)? };
    Ok([proceeds, basis, gain.try_sub(before)?, gain])
}

fn row(owners: &str, term: &str, disposal: &Reported) -> Result<Vec<String>, NumberError> {
    let [proceeds, basis, adjustment, gain] = in_cents(disposal)?;
    let places = usize::try_from(gain.currency().minor_digits()).unwrap_or(2);
    let amount = |money: Money| format!("{:.places$}", money.amount());
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    Ok(vec![
        owners.to_owned(),
        term.to_owned(),
        disposal.description.clone(),
        date(disposal.acquired),
        date(disposal.sold),
        amount(proceeds),
        amount(basis),
        disposal.code.clone(),
        amount(adjustment),
        amount(gain),
        disposal.gain.currency().to_string(),
        disposal.account.clone(),
        disposal.lot.to_string(),
        disposal.event.to_string(),
        date(disposal.provisional_until),
    ])
}
