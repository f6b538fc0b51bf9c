// Package llm talks to a language model that speaks OpenAI's chat completions
// protocol: OpenAI itself, Ollama, llama.cpp, vLLM, LM Studio. It is the only
// importer of go-openai and contains what that library and those servers do
// wrong, so that a reply is either whole and its cost known, or an *Error
// that says why not:
//
//   - a stream that ends without a finish_reason was cut short, however
//     cleanly it was closed;
//   - an error in a body of status 200 is an error;
//   - servers that know no JSON schema are asked for a JSON object, and those
//     that know none of either for plain text;
//   - what can pass is tried again, as the server's Retry-After says, but
//     never after some of the reply was handed on;
//   - a server that fails time and again is left alone for a while;
//   - every wait has an end, and the key stands in no error and no log.
package llm
