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

mod lots;

mod replay;

mod state;

pub use replay::replay;
