package prompts

import "encoding/json"

// JudgeSchema is the JSON schema of a judge's reply.
var JudgeSchema json.RawMessage = mustRead("judge.schema.json")

// JudgeSchemaName is its name, for servers that want one.
const JudgeSchemaName = "judge"

// A Check is one thing that a judge is asked: whether the evidence supports the
// statement. Kind is "statement", "reply" or "claim"; the first two are said in
// answer to the question.
type Check struct {
	ID        int      `json:"id"`
	Kind      string   `json:"kind"`
	Question  string   `json:"question,omitempty"`
	Statement string   `json:"statement"`
	Evidence  []string `json:"evidence"`
}

// Judge asks what the evidence of each check says of it. The user's part is
// {"checks": [...]}, the reply {"results": [{"id", "result"}]}.
func Judge(checks []Check) Prompt {
	data, err := marshal(struct {
		Checks []Check `json:"checks"`
	}{checks})
	if err != nil {
		panic(err) // they are strings
	}
	return Prompt{System: fill("judge.system.tmpl", nil), User: string(data), Schema: JudgeSchema, SchemaName: JudgeSchemaName, Whole: true}
}

// MiniCheck asks in the form of MiniCheck (Tang et al. 2024), whose reply is
// Yes or No.
func MiniCheck(document, claim string) Prompt {
	return Prompt{User: "Document: " + document + "\nClaim: " + claim, Whole: true}
}
