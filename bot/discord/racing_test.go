//go:build race

package discord

// racing says that the race detector watches, which makes each process take many
// times as long.
const racing = true

// atOnce is how many tests run at a time.
const atOnce = 4
