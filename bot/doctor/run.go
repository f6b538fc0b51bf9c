package doctor

import (
	"context"
	"maps"
)

// checks are all checks, in the order in which they are carried out. All but the
// first need that the settings could be read.
func (d *doctor) checks() []check {
	return []check{
		{"settings", nil, 0, d.checkSettings},
		{"articles", []string{"ARTICLES"}, 0, one(d.checkArticles)},
		{"data", []string{"DATA_DIR"}, 0, one(d.checkFolder)},
		{"disk", []string{"data"}, 0, one(d.checkDisk)},
		{"database", []string{"data"}, 0, one(d.checkDatabase)},
		{"token", []string{"DISCORD_TOKEN", "DISCORD_API_URL"}, d.patience, d.checkToken},
		{"clock", []string{"discord", "DISCORD_API_URL"}, 0, one(d.checkClock)},
		{"invite", []string{"token"}, 0, one(d.checkInvite)},
		{"interactions", []string{"token"}, 0, one(d.checkInteractions)},
		{"intents", []string{"token", "MESSAGE_CONTENT"}, 0, one(d.checkIntents)},
		{"gateway", []string{"token"}, d.patience, one(d.checkGateway)},
		{"servers", []string{"token", "DISCORD_GUILD_ID"}, d.patience, one(d.checkServers)},
		{"commands", []string{"token", "DISCORD_GUILD_ID"}, d.patience, d.checkCommands},
		{"permissions", []string{"servers", "CHANNELS"}, d.patience, d.checkPermissions},
		{"model", []string{"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_JSON", "OPENAI_TIMEOUT", "OPENAI_PARALLEL"}, 0, d.checkModel},
		{"context", []string{"model", "json", "CONTEXT_TOKENS"}, 0, one(d.checkContext)},
		{"judge", []string{"model", "json", "articles", "OPENAI_JUDGE", "OPENAI_JUDGE_MODEL", "OPENAI_JUDGE_BASE_URL", "OPENAI_JUDGE_API_KEY", "OPENAI_JUDGE_FORM"}, 0, one(d.checkJudge)},
	}
}

// Run carries out all checks, one after the other, and tells what each of them
// finds. Its error is that of ctx, when that ends first.
func Run(ctx context.Context, o Options, tell func(Finding)) error {
	d := newDoctor(o)
	defer d.close()
	cause := map[string]string{}
	for _, c := range d.checks() {
		found := c.carryOut(ctx, cause)
		if err := ctx.Err(); err != nil {
			return err // all that is found now is that the doctor is interrupted
		}
		for _, f := range found {
			maps.Copy(cause, f.spoils)
			tell(f)
		}
	}
	return nil
}
