// Package rest makes the requests of Discord's REST API that the bot needs, within
// Discord's limits.
//
// A [Client] has a method for each of them. Its one policy of repeating is in
// request.go. Under it the transport, limiter.go, keeps to the rate limits: each route's
// as the answers tell it, in which the messages of a channel stand in the order of
// their questions (line.go), that of all requests (budget.go), shared among processes
// where there are several (slots.go), and what a global 429 asks for. Errors are
// typed (errors.go), and hold neither tokens nor what a terminal would act on
// (redact.go). The token goes to Discord by TLS or to loopback, and nowhere else
// (network.go, proxy.go).
package rest
