//! What a trade costs: one object that is both the exact charge and the planner's estimate.
