package testserver

import (
	"fmt"
	"testing"
)

// The whole way once: a person asks, the bot answers; a command is deferred
// and filled.
func TestConversation(t *testing.T) {
	w := newWorld(t, Options{DefaultBot: "helper"})
	bot := w.connect(intentGuilds | intentGuildMessages)
	if err := w.s.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := decoded[Message](t, w.do("POST", "/test/messages", `{"user":"ana","channel":"general","content":"@helper why?"}`).expect(t, 200))
	seen := in[messageEvent](t, bot.event("MESSAGE_CREATE"))
	if seen.Content != "<@123456789012345678> why?" || seen.GuildID == "" || seen.Member == nil || len(seen.Mentions) != 1 {
		t.Fatalf("the bot saw %+v", seen)
	}
	body := fmt.Sprintf(`{"content":"**Because**","message_reference":{"message_id":%q},"allowed_mentions":{"parse":[]}}`, asked.ID)
	answered := decoded[Message](t, w.do("POST", "/channels/"+asked.ChannelID+"/messages", body).expect(t, 200, `"type":19`, `"referenced_message"`))
	if len(answered.Mentions) != 0 {
		t.Errorf("allowed_mentions ignored: %v", answered.Mentions)
	}

	w.do("PUT", "/applications/123456789012345678/commands", `[{"name":"ask","description":"Ask","options":[{"type":3,"name":"question","description":"What","required":true}]}]`).expect(t, 200)
	w.do("POST", "/test/commands", `{"user":"ana","channel":"general","name":"ask"}`).expect(t, 400, "needs the option")
	w.do("POST", "/test/commands", `{"user":"ana","channel":"general","name":"ask","options":{"question":"why?"}}`).expect(t, 200, "pending")
	sent := in[struct {
		ID, Token string
		Data      struct{ Options []struct{ Value string } }
	}](t, bot.event("INTERACTION_CREATE"))
	if sent.Data.Options[0].Value != "why?" {
		t.Fatalf("options %+v", sent.Data)
	}
	w.as("", "POST", "/interactions/"+sent.ID+"/"+sent.Token+"/callback", `{"type":5}`).expect(t, 204)
	loading := in[Message](t, bot.event("MESSAGE_CREATE"))
	for !loading.Loading() {
		loading = in[Message](t, bot.event("MESSAGE_CREATE"))
	}
	original := "/webhooks/123456789012345678/" + sent.Token + "/messages/@original"
	w.as("", "PATCH", original, `{"content":"Because."}`).expect(t, 200, `"content":"Because."`, `"flags":0`)
	state, err := w.s.AwaitInteraction(t.Context(), sent.ID)
	if err != nil || state.State != StateAnswered || state.MessageID != loading.ID {
		t.Fatalf("state %+v, %v", state, err)
	}
	list := decoded[[]Message](t, w.do("GET", "/test/channels/general/messages?limit=2", "").expect(t, 200))
	if len(list) != 2 || list[1].Content != "Because." {
		t.Fatalf("messages %+v", list)
	}
}
