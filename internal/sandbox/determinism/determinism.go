// Package determinism holds the constant answers to what a program asks of time,
// chance and the machine, and how they follow from a program's place among the
// others. It is pure: it reads no clock, no randomness and no file, and knows
// nothing of how a question arrived.
//
// What it promises: the same program at the same place in the same world is
// told the same. What it does not: that two processes which race for something
// outside of time and chance (a lock, a file) win in the same order.
package determinism
