package discord

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"summitbot/bot/discord/object"
	"summitbot/bot/testserver"
)

// Where a list of messages lacks a question whose answer it has, that answer is
// taken back if the question is gone, and stays if Discord says that it stands.
func TestMissedTakesBackNoAnswer(t *testing.T) {
	t.Parallel()
	w := running(t, testserver.Faults{}, alaska(t), nil)
	stands, gone := w.say("ana", "general", "@summitbot why Alaska?"), w.say("ben", "general", "@summitbot why Alaska?")
	kept, taken := w.answerTo(stands), w.answerTo(gone)
	w.leaveOpen()
	if err := w.server.Delete("ben", gone.ID); err != nil {
		t.Fatal(err)
	}
	var lacking atomic.Int32
	w.run(alaska(t), func(_ *Options, b *Bot) {
		if b == nil {
			return
		}
		readings(b, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			if err != nil {
				return resp, err
			}
			defer resp.Body.Close()
			var list, some []json.RawMessage
			if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
				return nil, err
			}
			for _, m := range list {
				var is object.Message
				if err := json.Unmarshal(m, &is); err != nil {
					return nil, err
				}
				if is.ID == stands.ID {
					lacking.Add(1)
					continue
				}
				some = append(some, m)
			}
			body, err := json.Marshal(some)
			resp.Body = io.NopCloser(bytes.NewReader(body))
			return resp, err
		})
	})
	w.awaitReady()
	w.eventually("the answer to the question that is gone is taken back", func() bool {
		_, err := w.server.Message(taken.ID)
		return err != nil
	})
	w.settle()
	if _, err := w.server.Message(kept.ID); err != nil || lacking.Load() == 0 {
		t.Errorf("the answer to a question that stands is taken back, %v, of which %d lists lacked it", err, lacking.Load())
	}
}
