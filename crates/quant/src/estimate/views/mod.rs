//! Beliefs about returns joined with estimates of them, and how far they move these.

// Views on expected returns, under normal returns: a weighted mean of prior and views.
pub mod black_litterman;

// Views on means, variances and correlations, under any scenarios: the probabilities nearest to the prior ones.
pub mod entropy_pooling;
