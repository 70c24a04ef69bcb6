"""Pages of the counter: a citizen stands there, an officer keys in, a receipt comes out; and telephone calls later."""
