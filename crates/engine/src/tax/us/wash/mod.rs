//! Wash sales: 26 USC 1091, 26 CFR 1.1091-1 and 1.1091-2.
//!
//! A journal is replayed over all accounts of a household. A loss in a taxable account is not allowed as far as units
//! of an identical set are bought, in any account, from 30 days before to 30 days after the sale. Units are matched one
//! for one: the earliest loss first (on one day in the order in which the lots were bought), and for it the earliest
//! purchase. Each replacement unit serves once.
//!
//! - What is bought on a later day is matched at once, also where it is sold again. What was bought before, or on the
//!   day, is matched at the end of the day of the sale, as far as it is still held: whoever sells all replaces nothing.
//! - Units of the purchase that the loss comes from do not replace it (Rev. Rul. 56-602).
//! - The loss that is not allowed goes into the basis of the replacement, and the days for which the old units were held
//!   into its holding period (1091(d), 1223(3)); a lot is split where only part of it serves. Later sales sell the
//!   lots so adjusted, so that losses pass on from one to the next.
//! - In an account that is not taxable the loss is lost (Rev. Rul. 2008-5).
//!
//! ```
//! use evenkeel::tax::{Records, us::wash};
//! use evenkeel_ledger::event::{Event, EventDates, EventKind, Trade};
//! # use evenkeel_ledger::{account::{Account, AccountId}, holdings::Holdings, select::LotSelection};
//! # use evenkeel_ledger::household::{FilingStatus, GainsByTerm, Household, Owner, TaxRates};
//! # use evenkeel_ledger::identical::{IdenticalSets, Identity};
//! # use evenkeel_ledger::instrument::{Instrument, Universe};
//! # use evenkeel_ledger::number::{Currency, Decimal, Money, Quantity};
//! # let usd = |amount| Money::new(Decimal::from_int(amount), Currency::USD);
//! # let none = GainsByTerm::zero(Currency::USD);
//! # let owner = Owner { id: "ann".into(), name: None, birth_date: None, filing_status: FilingStatus::Single,
//! #     jurisdiction: "US".into(), spouse: None, year_to_date: none, carry_forward: none, income: None, rates: TaxRates::default() };
//! # let household = Household::new("h", vec![owner], vec![Account::new("main", "ann", Currency::USD)]).map_err(|_| "household")?;
//! # let universe = Universe::new(vec![Instrument::new("X", "Equity".parse()?, Currency::USD)])?;
//! # let (account, instrument) = (AccountId::from_index(0).ok_or("account")?, universe.find("X").ok_or("X")?);
//! # let trade = |amount| Trade { instrument, quantity: Quantity::new(Decimal::from_int(100)), gross: usd(amount), fees: usd(0), selection: LotSelection::Strict };
//! # let at = |sequence, date: &str, kind| Ok::<_, Box<dyn std::error::Error>>(Event { sequence, account, dates: EventDates::on(date.parse()?), fx: None, kind });
//! // IRS Publication 550: bought for 1,000, sold for 750, bought again for 800.
//! let events = [
//!     at(1, "2024-02-01", EventKind::Buy(trade(1_000)))?,
//!     at(2, "2024-09-02", EventKind::Sell(trade(750)))?,
//!     at(3, "2024-09-20", EventKind::Buy(trade(800)))?,
//! ];
//! let (sets, opening) = (IdenticalSets::new(&universe, Identity::Related), Holdings::empty(&household, "2024-01-31".parse()?));
//! let records = Records { household: &household, sets: &sets, opening: &opening, events: &events, through: "2024-12-31".parse()? };
//! let found = wash::replay(&records)?;
//! assert_eq!(found.gains[0].deferred, usd(250));
//! assert_eq!(found.washes[0].replacement.basis, Some(usd(1_050)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod lots;

mod replay;

mod state;

pub(in crate::tax) use replay::Replay;
pub use replay::replay;
