// Package llm talks to a language model that speaks OpenAI's chat completions
// protocol: OpenAI itself, Ollama, llama.cpp, vLLM, LM Studio, and the many
// that are like them. It is the only importer of go-openai, and contains what
// that library and those servers do otherwise than is written, so that a reply
// is either whole and its cost known, or an *Error that says why not:
//
//   - what of a request a server refuses is left out at once and from then on
//     (asking.go). One place reads what servers say (refusal.go): code and
//     status outrank words;
//   - streams are read as they come, in whatever form (events.go), and a reply
//     is whole when its object is, whatever the server calls its end
//     (answer.go, object.go). What a model only thought is no part of it
//     (thoughts.go);
//   - an error in a body of status 200 is an error;
//   - what can pass is tried again, as the server's Retry-After says, but
//     never after some of the reply was handed on;
//   - a server that fails time and again is left alone for a while, and the log
//     tells when a model begins to fail and when it is back (health.go);
//   - every wait has an end, the key stands in no error and no log, and no
//     redirect takes it or a prompt elsewhere.
package llm
