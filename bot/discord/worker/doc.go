// Package worker claims the rows of questions, has them answered, and brings Discord
// in line with what should stand for them.
//
// A [Worker] takes up as many rows as it has room for (claims.go, pool.go) from the
// [Ledger], in which they are kept (ledger.go). One loop works on each (worker.go):
// the answer is made, and shown while it is being written (draft.go), and one function,
// Reconcile, makes the calls that are missing (reconcile.go), below the message that
// asks or by an interaction's token (surface.go). Nothing else posts, edits or deletes
// answers. Beside them members are told what keeps an answer from coming (notices.go),
// in short pieces of work (asides.go).
package worker
