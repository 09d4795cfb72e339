//! What accounts have earned, from their journal and prices alone.
//!
//! ```text
//! journal ──► books of each day ──► values and flows by group ──► returns ──► figures
//! prices  ──┘
//! ```
//!
//! A day is one on which anything is priced; what happened since the last one is booked on it. Value − value before − flow is
//! what a day earned. To a household a flow is what comes from outside or goes there: deposits, withdrawals, units transferred in or
//! out at the day's price. To a group within it, such as a class, purchases and sales are flows too, and its income is what it pays
//! to the cash. Trading costs always count. Fees and taxes do or do not, by [`Net`].
//!
//! Looking back, a price that jumped counts from its own day on, and a bad print not at all.

mod record;

mod group;

mod moves;

mod measured_prices;

mod exchange;

mod walk;

mod around;

mod earned;

mod span;

mod mix;

mod report;

mod after_tax;

pub use after_tax::{AfterTax, after_tax};
pub use around::{Around, around_acquisitions};
pub use earned::{Earned, Net, Timing, earned};
pub(crate) use earned::{capital, gain};
pub use exchange::currency_returns;
pub use group::{Cell, Grouping, Groups};
pub use mix::{PolicyMix, policy_mix};
pub use record::Record;
pub use report::{Figure, Level, MoneyWeighted, Part, Performance, Settings, Stretch, StyleMix, report};
pub use span::Every;
pub use walk::{Days, Held, Span, days};
