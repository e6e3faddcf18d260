// Package chaos tests the promises of a running bot on real processes and real
// stores while everything goes wrong: bots and Redis servers that are killed or
// stopped, at random and at each point of package failpoint, failovers, full disks,
// send APIs that are slow, lying, limiting or dead, clocks that jump.
//
// All of it is in the tests. A sender plays the platform: it numbers the messages of
// each person and repeats each until it is answered 200, or puts them into a queue
// that the bot pulls from. A bot counts them and says in each reply what it saw. A
// sink plays the send API and keeps the replies. A ledger compares the two: what was
// lost, handled twice, or came out of order. A scenario says which store, how many
// bots and which faults; a seed makes the choices, is printed, and repeats a run as
// far as machines do:
//
//	go test ./bot/chaos                                    the short form
//	make chaos                                             all of it, with a table at the end
//	PARLEY_CHAOS_SEED=7 make chaos CHAOS=failover          one scenario again
package chaos
