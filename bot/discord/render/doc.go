// Package render turns answers into Discord's messages of components, and knows
// Discord's limits: what does not fit into one message goes into several. What is
// shown depends on the answer and a [Look] alone.
//
// [Answer] is the way in (render.go); a page (page.go) gathers what it says in order
// and breaks it into messages, with the sources below. What members
// look up (passage.go), the checks of their messages (check.go) and the forms (form.go)
// are made of the same pieces (build.go).
package render
