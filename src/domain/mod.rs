//! Values of the problem.
