package doctor

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/testserver"
	"summitbot/prompts"
)

// modelled are the maladies of the model.
var modelled = map[string]malady{
	"a model without a name": {
		spoil: func(p *patient) { p.o.Model.Name = "" },
		check: "model", as: Fault, found: "no model is named", mend: "give the name",
	},
	"a base that is none": {
		spoil: func(p *patient) { p.o.Model.BaseURL = p.model.URL },
		check: "model", as: Fault, found: "names no version of the API", mend: "/v1",
	},
	"no server of a model": {
		spoil: func(p *patient) { p.o.Model.BaseURL = "http://" + deserted + "/v1" },
		check: "model", as: Fault, found: "there is no answer", mend: "start the server",
	},
	"a wrong key": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 401, Body: `{"error":{"message":"no such key: ` + canary + `"}}`}))
		},
		check: "model", as: Fault, found: "the key is not accepted (401)", mend: "set OPENAI_API_KEY",
	},
	"an unknown model": {
		spoil: func(p *patient) { p.model.Known = []string{"llama3.1:latest", "qwen3:8b"} },
		check: "model", as: Fault, found: "there is no such model", mend: "llama3.1:latest, qwen3:8b",
	},
	"an account that is spent": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 429, Body: `{"error":{"message":"over","code":"insufficient_quota"}}`}))
		},
		check: "model", as: Fault, found: "the account is spent", mend: "billing",
	},
	"a balance that is spent": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 402, Body: `{"error":{"message":"Insufficient Balance","code":"invalid_request_error"}}`}))
		},
		check: "model", as: Fault, found: "the account is spent (402): Insufficient Balance", mend: "OPENAI_API_KEY",
	},
	"a key refused with 400": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 400, Body: `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]`}))
		},
		check: "model", as: Fault, found: "the key is not accepted (400): API key not valid. Please pass a valid API key.", mend: "set OPENAI_API_KEY",
	},
	"a model refused with 400": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 400, Body: `{"error":{"message":"Model Not Exist","code":"invalid_request_error"}}`}))
		},
		check: "model", as: Fault, found: "there is no such model, or no such path (400): Model Not Exist", mend: "set OPENAI_MODEL",
	},
	"a request that is refused": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 400, Body: `{"error":{"message":"The moon is in the wrong house"}}`}))
		},
		check: "model", as: Fault, found: "the server refuses the request (400): The moon is in the wrong house", mend: "OPENAI_MODEL",
	},
	"a minute's limit": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 429, RetryAfter: "60", Body: `{"error":{"message":"Rate limit reached on tokens per minute. Upgrade at /settings/billing","code":"rate_limit_exceeded"}}`}))
		},
		check: "model", as: Fault, found: "there is no answer (429): Rate limit reached", mend: "OPENAI_PARALLEL",
	},
	"no room for anything": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 400, Body: `{"object":"error","code":400,"message":"This model's maximum context length is 4096 tokens. However, you requested 9000 tokens (6500 in the messages, 2500 in the completion)."}`}))
		},
		check: "model", as: Fault, found: "its context is too small (400): it has 4096 tokens, and 9000 were wanted", mend: "lower CONTEXT_TOKENS",
	},
	"a server that leads elsewhere": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 307, Header: map[string]string{"Location": "http://127.0.0.1:1/v1/chat/completions?key=" + canary}}))
		},
		check: "model", as: Fault, found: "(307): it leads to http://127.0.0.1:1/v1/chat/completions, where neither key nor prompt is sent", mend: "OPENAI_BASE_URL",
	},
	"a page in place of a model": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Status: 200, Body: "<html><title>Sign in</title></html>", Header: map[string]string{"Content-Type": "text/html"}}))
		},
		check: "model", as: Fault, found: "it does not speak OpenAI's protocol: it answers with a web page, Sign in", mend: "OPENAI_BASE_URL",
	},
	"a model that never answers": {
		spoil: func(p *patient) {
			p.o.Model.Timeout = 200 * time.Millisecond
			p.model.Answers(replies(llmtest.Reply{Before: ": PROCESSING\n\n", Text: "{", Fault: llmtest.Stall}))
		},
		check: "model", as: Fault, found: "there is no whole reply within OPENAI_TIMEOUT", mend: "raise OPENAI_TIMEOUT from 200ms",
	},
	"a reply that is cut, and called whole": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Text: `{"verdict":"answered","statements":[{"te`}))
		},
		check: "model", as: Fault, found: "its reply breaks off: the reply ends within its object", mend: "OPENAI_MODEL",
	},
	"a reply that is too long": {
		spoil: func(p *patient) { p.model.Answers(replies(llmtest.Reply{Text: `{"verdict"`, Finish: "length"})) },
		check: "json", as: Fault, found: "its reply comes to the limit of its length", mend: "raise the server's limit",
	},
	"a model that will not": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Text: "{", Finish: "content_filter"}))
		},
		check: "model", as: Fault, found: "it would not reply: a content filter cut it off", mend: "another model (OPENAI_MODEL)",
	},
	"a reply that breaks off": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Text: "The watchword is", Fault: llmtest.End, After: 2}))
		},
		check: "model", as: Fault, found: "its reply breaks off", mend: "a proxy in between",
	},
	"no JSON": {
		spoil: func(p *patient) { p.model.Answers(replies(llmtest.Reply{Text: "The watchword is what you say."})) },
		check: "json", as: Fault, found: "replies something else", mend: "OPENAI_JSON",
	},
	"a form that the server does not know": {
		spoil: func(p *patient) {
			p.o.Model.JSON = "schema"
			p.model.Answers(replies(llmtest.Reply{Status: 400, Body: `{"error":{"message":"response_format is not supported"}}`}))
		},
		check: "json", as: Fault, found: "response_format is not supported", mend: "set OPENAI_JSON= (empty)",
	},
	"a model that does not quote": {
		spoil: func(p *patient) {
			p.model.Answers(replies(llmtest.Reply{Text: `{"verdict":"answered","direct":"none","statements":[],"missing":""}`}))
		},
		check: "json", as: Fault, found: "does not quote", mend: "a model that follows instructions better",
	},
	"no judge": {
		spoil: func(p *patient) { p.o.Judge.On = false },
		check: "judge", as: Warning, found: "answers are quotations", mend: "set OPENAI_JUDGE=on",
	},
	"a context that is cut without a word": {
		spoil: func(p *patient) { p.model.Context = 4096 },
		check: "context", as: Fault, found: "it reads 4096", mend: "OLLAMA_CONTEXT_LENGTH=9216",
	},
	"a context that is too short": {
		spoil: func(p *patient) {
			p.model.Answers(func(r llmtest.Request) llmtest.Reply {
				if len(r.Body) > 4*8192 {
					return llmtest.Reply{Status: 400, Body: `{"error":{"message":"the maximum context length is 8192 tokens"}}`}
				}
				return llmtest.Quoting(0)(r)
			})
		},
		check: "context", as: Fault, found: "the maximum context length is 8192 tokens", mend: "CONTEXT_TOKENS",
	},
	"a model that takes too long": {
		spoil: func(p *patient) {
			p.o.Model.Timeout = time.Second
			p.model.Answers(func(r llmtest.Request) llmtest.Reply {
				if len(r.Body) > 4*8192 {
					return llmtest.Reply{Text: "{", Fault: llmtest.Stall}
				}
				return llmtest.Quoting(0)(r)
			})
		},
		check: "context", as: Fault, found: "within OPENAI_TIMEOUT, 1s", mend: "raise OPENAI_TIMEOUT",
	},
}

// replies is a model that says one thing.
func replies(r llmtest.Reply) func(llmtest.Request) llmtest.Reply {
	return func(llmtest.Request) llmtest.Reply { return r }
}

// What a server refuses and the bot does without is told, with what to do: no
// fault is made of it.
func TestDoctorTellsWhatIsRefused(t *testing.T) {
	t.Parallel()
	refuses := func(part string, status int, body string) func(llmtest.Request) llmtest.Reply {
		return func(r llmtest.Request) llmtest.Reply {
			if r.Has(part) || r.ResponseFormat != nil && r.ResponseFormat.Type == part {
				return llmtest.Reply{Status: status, Body: body}
			}
			return llmtest.Quoting(0)(r)
		}
	}
	around := func(before, after, finish string) func(llmtest.Request) llmtest.Reply {
		return func(r llmtest.Request) llmtest.Reply {
			reply := llmtest.Quoting(0)(r)
			reply.Text, reply.Finish = before+reply.Text+after, finish
			return reply
		}
	}
	for name, c := range map[string]struct {
		answer             func(llmtest.Request) llmtest.Reply
		model              string // the model's name, where it matters
		check, found, mend string
	}{
		"max_tokens":     {refuses("max_tokens", 400, `{"error":{"message":"Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}`), "", "model", "the server refuses max_tokens", "nothing has to be done"},
		"its twin":       {refuses("max_completion_tokens", 422, `{"message":{"detail":[{"loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted"}]}}`), "gpt-5-mini", "model", "the server refuses max_completion_tokens", "nothing has to be done"},
		"temperature":    {refuses("temperature", 400, `{"error":{"message":"Only the default (1) value is supported.","param":"temperature"}}`), "", "model", "the server refuses temperature", "nothing has to be done"},
		"stream_options": {refuses("stream_options", 422, `{"message":{"detail":[{"loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted"}]}}`), "", "model", "the server refuses stream_options", "nothing has to be done"},
		"a schema":       {refuses("json_schema", 400, `{"error":{"message":"This model does not support response format of that type."}}`), "", "json", "by object: the server knows no schemas", "OPENAI_JSON=object"},
		"a large schema": {refuses("json_schema", 400, `[{"error":{"message":"The specified schema produces a constraint that has too many states for serving."}}]`), "", "json", "by object: the server knows no schemas", "OPENAI_JSON=object"},
		"a name":         {llmtest.Quoting(0), "o3mini", "model", "o3mini at http://", ""},
		"eos":            {around("", "", "eos"), "", "json", "by schema", ""},
		"thoughts":       {around("<thinking>\nI draft {\"verdict\":\"not_in_article\",\"statements\":[]}\n</thinking>\n", "", ""), "", "json", "by schema", ""},
		"no stream":      {func(r llmtest.Request) llmtest.Reply { return llmtest.Whole(llmtest.Quoting(0)(r).Text) }, "", "json", "by schema", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, testserver.Options{}, testserver.Bot{})
			p.withModel()
			if p.model.Answers(c.answer); c.model != "" {
				p.o.Model.Name = c.model
			}
			all := p.findings()
			if slices.ContainsFunc(all, func(f Finding) bool { return f.Status != OK }) {
				t.Errorf("it found %+v", all)
			}
			n := 0
			for _, f := range all {
				if f.Check == c.check && strings.Contains(f.Found, c.found) && strings.HasPrefix(f.Mend, c.mend) && (c.mend != "") == (f.Mend != "") {
					n++
				} else if f.Mend != "" {
					t.Errorf("it found %+v", f)
				}
			}
			if n != 1 {
				t.Errorf("it found %+v", all)
			}
		})
	}
}

// A check of the model that waits says so, and ends with OPENAI_TIMEOUT.
func TestDoctorShowsThatItWaits(t *testing.T) {
	t.Parallel()
	srv := llmtest.New(t, llmtest.Reply{Before: ": PROCESSING\n\n", Text: "{", Fault: llmtest.Stall})
	var log bytes.Buffer
	d := newDoctor(Options{Waiting: &log, Model: Model{BaseURL: srv.URL + "/v1", Name: "slow", Timeout: 300 * time.Millisecond}})
	d.Model.New = d.Model.client
	d.every = 50 * time.Millisecond
	defer d.close()
	if found := d.checkModel(t.Context()); len(found) != 1 || found[0].Status != Fault || !strings.Contains(found[0].Found, "within OPENAI_TIMEOUT") {
		t.Errorf("it found %+v", found)
	}
	if n := strings.Count(log.String(), "summitbot: model: no answer for 0s, of 300ms at most (OPENAI_TIMEOUT)\n"); n < 2 {
		t.Errorf("it said %q", log.String())
	}
}

// The prompt of the probe is as long as it is said to be, begins with what is
// asked for, and has it nowhere else.
func TestDoctorWatchword(t *testing.T) {
	t.Parallel()
	for _, tokens := range []int{0, 1000, 9000, 40000} {
		p, word := watchword(tokens)
		n := prompts.Tokens(len(p.System)+len(p.User)) + shortReply
		if tokens > 1500 && (n < tokens-50 || n > tokens+50) {
			t.Errorf("asked for %d tokens, it has %d", tokens, n)
		}
		if strings.Count(p.System+p.User, word) != 1 || !strings.Contains(p.System, "[s1] The watchword of the lighthouse is "+word) {
			t.Errorf("%q is not in %.500s", word, p.System)
		}
	}
}

// What Ollama needs is told as commands.
func TestDoctorKnowsOllama(t *testing.T) {
	t.Parallel()
	m := Model{BaseURL: "http://localhost:11434/v1", Name: "llama3.1", ContextTokens: 6000}
	client, err := llm.New(llm.Config{BaseURL: "http://" + deserted + "/v1", Model: "llama3.1"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for kind, want := range map[llm.Kind]string{
		llm.Unavailable: "OLLAMA_CONTEXT_LENGTH=9216 ollama serve",
		llm.NoModel:     "ollama pull llama3.1",
		llm.TimedOut:    "",
	} {
		d := &doctor{Options: Options{Model: m}, client: client}
		got := d.silent(t.Context(), "here", &llm.Error{Kind: kind, Detail: `Post "http://localhost:11434/v1": connection refused`})
		if got.Command != want || got.Status != Fault || got.Mend == "" || !strings.HasSuffix(got.Found, complaints[kind]+": connection refused") {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}
