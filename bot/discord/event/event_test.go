package event

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/retrieval"
)

func TestHear(t *testing.T) {
	const me = "9"
	people := []object.User{{ID: "1"}, {ID: me, Bot: true}}
	in := func(content string, change ...func(*object.Message)) object.Message {
		m := object.Message{ID: "5", ChannelID: "6", GuildID: "7", Author: object.User{ID: "1"}, Content: content, Mentions: people}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	replying := func(id, content string) func(*object.Message) {
		return func(m *object.Message) {
			m.Type, m.Referenced = object.TypeReply, &object.Message{Author: object.User{ID: id}, Content: content}
		}
	}
	nobody := func(m *object.Message) { m.Mentions = nil }
	dm := func(m *object.Message) { m.GuildID, m.Mentions = "", nil }
	for name, c := range map[string]struct {
		m    object.Message
		text string
		ok   bool
		open bool
	}{
		"mention":                 {in("<@9> why?"), "why?", true, false},
		"older mention":           {in("why, <@!9>,\n really?"), "why, , really?", true, false},
		"of somebody else":        {in("<@1> why?"), "", false, false},
		"not in the list":         {in("<@9> why?", func(m *object.Message) { m.Mentions = nil }), "", false, false},
		"nothing else":            {in("<@9>"), "", true, false},
		"in a quotation":          {in("> <@9> why?\nhm"), "", false, false},
		"in a long quotation":     {in("hm\n>>> a\n<@9> why?"), "", false, false},
		"below a quotation":       {in("> so it says\n<@9> really?"), "> so it says really?", true, false},
		"in code":                 {in("`<@9> why?`"), "", false, false},
		"in a code block":         {in("```\n<@9> why?\n```"), "", false, false},
		"in an open block":        {in("```\n<@9> why?"), "", false, false},
		"after a greater sign":    {in(">not quoted <@9>"), ">not quoted", true, false},
		"reply to the bot":        {in("why?", replying(me, "")), "why?", true, false},
		"reply to another":        {in("why?", replying("2", "")), "", false, false},
		"reply to the unknown":    {in("why?", func(m *object.Message) { m.Type = object.TypeReply }), "why?", true, false},
		"below a question":        {in("<@9>", replying("2", "<@3> why Alaska?")), "why Alaska?", true, false},
		"direct":                  {in("why?", dm), "why?", true, false},
		"system message":          {in("<@9> why?", func(m *object.Message) { m.Type = 7 }), "", false, false},
		"another bot":             {in("<@9> why?", func(m *object.Message) { m.Author.Bot = true }), "", false, false},
		"webhook":                 {in("<@9> why?", func(m *object.Message) { m.WebhookID = "8" }), "", false, false},
		"itself":                  {in("<@9> why?", func(m *object.Message) { m.Author.ID = me }), "", false, false},
		"no author":               {in("<@9> why?", func(m *object.Message) { m.Author = object.User{} }), "", false, false},
		"emoji, role and channel": {in("<@9> <:x:1> <@&2> <#3> <t:4:R> why?"), "why?", true, false},
		"its role":                {in("why, <@&90>?", nobody), "why, ?", true, false},
		"its role, quoted":        {in("> <@&90> why?", nobody), "", false, false},
		"its role, withheld":      {in("", nobody), "", true, false},
		"a command":               {in("<@9> </ask add:5> why?"), "why?", true, false},
		"a link":                  {in("<@9> (<https://example.com/a?b=c>) why?"), "( ) why?", true, false},
		"a link alone":            {in("<@9> https://example.com/a"), "", true, false},
		"open, no mention":        {in("why?", func(m *object.Message) { m.Mentions = nil }), "why?", true, true},
		"open, to another":        {in("<@1> why?"), "", false, true},
		"open, reply to another":  {in("why?", func(m *object.Message) { m.Mentions = nil }, replying("2", "")), "", false, true},
		"open, reply to the bot":  {in("why?", func(m *object.Message) { m.Mentions = nil }, replying(me, "")), "why?", true, true},
	} {
		if text, ok := Hear(c.m, me, []string{"90"}, c.open); text != c.text || ok != c.ok {
			t.Errorf("%s: %q %v, want %q %v", name, text, ok, c.text, c.ok)
		}
	}
}

// What only looks like nothing is nothing, wherever it is written.
func TestBlankIsNothing(t *testing.T) {
	for _, s := range []string{" ", "\u00a0", "\u2800", "\u2800\u2800 \u2800", "\u3164", "\uffa0", "\u115f\u1160", "\U000e0041\U000e007f", "\u200b", "\u2060\ufeff", "\u00ad", "\ufe0f", "\u034f"} {
		for _, content := range []string{s, "<@9>" + s, s + "<@9> " + s + "<:x:1>"} {
			if got := Clean(content); got != "" {
				t.Errorf("%q is the question %q", content, got)
			}
		}
		if got := Clean(s + "<@9>" + s + "why" + s); !strings.Contains(got, "why") || strings.Contains(got, "<@") {
			t.Errorf("with %q the question is %q", s, got)
		}
		form := fmt.Sprintf(`{"components":[{"component":{"custom_id":%q,"value":"%s"}}]}`, render.FieldWords, s)
		var data object.InteractionData
		if err := json.Unmarshal([]byte(form), &data); err != nil {
			t.Fatal(err)
		}
		if got := data.Input(render.FieldWords); got != "" {
			t.Errorf("a form's field holds %q", got)
		}
	}
	if got := Clean("why\u2800Alaska\u3164?"); got != "why Alaska ?" {
		t.Errorf("the question is %q", got)
	}
	if flag := "🏴\U000e0067\U000e0062\U000e007f"; Clean(flag+" why?") != flag+" why?" {
		t.Error("a flag is cut")
	}
}

func FuzzDispatch(f *testing.F) {
	f.Add(`{"id":"1","channel_id":"2","author":null,"content":"<@9> x","mentions":[{"id":"9"}]}`)
	f.Add(`{"id":"1","channel_id":"2","author":{"id":"3"},"message_snapshots":[null,{"message":null},{"message":{"content":"a\nb","embeds":[null]}}],"poll":{"answers":[null]},"attachments":[null],"sticker_items":[{}],"components":[null]}`)
	f.Add(`{"id":"1","channel_id":"2","author":{"id":"3"},"mention_roles":["4"],"guild_id":"5","content":"<@&4> </ask:1> https://x","components":[{"type":17,"components":[{"type":10,"content":"-# a\n> b [1]"}]}]}`)
	f.Add(`{"id":"1","token":"x","type":2,"data":{"type":3,"target_id":"1","resolved":{"messages":{"1":{"embeds":[{"fields":[{"name":"a"}]}]}}}}}`)
	f.Add(`{"id":"1","token":"x","type":2,"data":null}`)
	f.Add(`{"id":"1","token":"x","type":2,"data":{"name":"takeaways","options":[{"name":"count","value":"many"}]}}`)
	f.Add(`{"id":"1","token":"x","type":3,"data":{"custom_id":"p:abcdef12:p3:57.58"},"message":{"id":"2"}}`)
	f.Add(`{"id":"1","token":"x","type":5,"data":{"custom_id":"q","components":[{"component":{"custom_id":"question","value":"why?"}}]}}`)
	f.Fuzz(func(t *testing.T, data string) {
		var m object.Message
		if json.Unmarshal([]byte(data), &m) == nil {
			if text, ok := Hear(m, "9", m.MentionRoles, len(data)%2 == 0); strings.Contains(text, "\n") || text != "" && retrieval.IsBlank(text) || !ok && text != "" {
				t.Errorf("it asks %q, %v", text, ok)
			}
		}
		var i object.Interaction
		if json.Unmarshal([]byte(data), &i) == nil && i.Data != nil {
			e, ok, err := Asked(i)
			if ok && err == nil && !slices.Contains([]bot.Kind{bot.Ask, bot.Takeaways, bot.Risks}, e.Question.Kind) {
				t.Errorf("%+v asks nothing", e.Question)
			}
			i.Data.Chosen()
			i.Data.Input(render.FieldWords)
			i.Data.Focused()
			Says(i.Data.Target())
			if id, ok := customid.Parse(i.Data.CustomID); ok && len(id.String()) > object.MaxCustomID {
				t.Errorf("%q is too long", id)
			}
		}
	})
}
