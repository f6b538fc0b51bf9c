package main

import (
	"summitbot/bot/llm/llmtest"
)

// modelled are the maladies of the model.
var modelled = map[string]malady{
	"a model without a name": {
		spoil: func(p *patient) { delete(p.vars, "OPENAI_MODEL") },
		check: "model", as: isFault, found: "no model is named", mend: "give the name",
	},
	"a base that is none": {
		spoil: func(p *patient) { p.vars["OPENAI_BASE_URL"] = p.model.URL },
		check: "model", as: isFault, found: "names no version of the API", mend: "/v1",
	},
	"no server of a model": {
		spoil: func(p *patient) { p.vars["OPENAI_BASE_URL"] = "http://" + deserted(p.T) + "/v1" },
		check: "model", as: isFault, found: "there is no answer", mend: "start the server",
	},
	"a wrong key": {
		spoil: func(p *patient) {
			p.model.Answer = replies(llmtest.Reply{Status: 401, Body: `{"error":{"message":"no such key: ` + canary + `"}}`})
		},
		check: "model", as: isFault, found: "the key is not accepted (401)", mend: "set OPENAI_API_KEY",
	},
	"an unknown model": {
		spoil: func(p *patient) { p.model.Known = []string{"llama3.1:latest", "vectors"} },
		check: "model", as: isFault, found: "there is no such model", mend: "llama3.1:latest, vectors",
	},
	"an account that is spent": {
		spoil: func(p *patient) {
			p.model.Answer = replies(llmtest.Reply{Status: 429, Body: `{"error":{"message":"over","code":"insufficient_quota"}}`})
		},
		check: "model", as: isFault, found: "the account is spent", mend: "billing",
	},
	"a reply that breaks off": {
		spoil: func(p *patient) {
			p.model.Answer = replies(llmtest.Reply{Text: "The watchword is", Fault: llmtest.End, After: 2})
		},
		check: "model", as: isFault, found: "its reply breaks off", mend: "a proxy in between",
	},
	"no JSON": {
		spoil: func(p *patient) { p.model.Answer = replies(llmtest.Reply{Text: "The watchword is what you say."}) },
		check: "json", as: isFault, found: "replies something else", mend: "OPENAI_JSON",
	},
	"a form that the server does not know": {
		spoil: func(p *patient) {
			p.vars["OPENAI_JSON"] = "schema"
			p.model.Answer = replies(llmtest.Reply{Status: 400, Body: `{"error":{"message":"response_format is not supported"}}`})
		},
		check: "json", as: isFault, found: "response_format is not supported", mend: "set OPENAI_JSON= (empty)",
	},
	"a model that does not quote": {
		spoil: func(p *patient) {
			p.model.Answer = replies(llmtest.Reply{Text: `{"verdict":"answered","statements":[],"missing":""}`})
		},
		check: "json", as: isFault, found: "does not quote", mend: "a model that follows instructions better",
	},
	"a context that is cut without a word": {
		spoil: func(p *patient) { p.model.Context = 4096 },
		check: "context", as: isFault, found: "it reads 4096", mend: "OLLAMA_CONTEXT_LENGTH=9216",
	},
	"a context that is too short": {
		spoil: func(p *patient) {
			p.model.Answer = func(r llmtest.Request) llmtest.Reply {
				if len(r.Body) > 4*8192 {
					return llmtest.Reply{Status: 400, Body: `{"error":{"message":"the maximum context length is 8192 tokens"}}`}
				}
				return llmtest.Quoting(0)(r)
			}
		},
		check: "context", as: isFault, found: "the maximum context length is 8192 tokens", mend: "CONTEXT_TOKENS",
	},
	"a model that takes too long": {
		spoil: func(p *patient) {
			p.vars["OPENAI_TIMEOUT"] = "1s"
			p.model.Answer = func(r llmtest.Request) llmtest.Reply {
				if len(r.Body) > 4*8192 {
					return llmtest.Reply{Text: "{", Fault: llmtest.Stall}
				}
				return llmtest.Quoting(0)(r)
			}
		},
		check: "context", as: isFault, found: "within OPENAI_TIMEOUT, 1s", mend: "raise OPENAI_TIMEOUT",
	},
	"an unknown model for embeddings": {
		spoil: func(p *patient) { p.model.Known = []string{"scripted"} },
		check: "embeddings", as: isFault, found: "there is no such model", mend: "set OPENAI_EMBEDDING_MODEL to a name that the server knows: scripted",
	},
	"vectors that are all the same": {
		spoil: func(p *patient) { p.model.Embed = func(string) []float32 { return []float32{1, 2} } },
		check: "embeddings", as: isFault, found: "the same vector", mend: "set OPENAI_EMBEDDING_MODEL",
	},
}

// replies is a model that says one thing.
func replies(r llmtest.Reply) func(llmtest.Request) llmtest.Reply {
	return func(llmtest.Request) llmtest.Reply { return r }
}
