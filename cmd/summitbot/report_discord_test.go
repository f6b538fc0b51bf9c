package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"summitbot/bot/testserver"
)

// Who manages a server sees what was asked there, and not elsewhere: alone,
// with a picture of the article. Others do not see the command, and are told
// nothing where their server shows it to them.
func TestReportOnDiscord(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{})
	w.answerTo(w.say("ana", "general", why), alaska)
	w.answerTo(w.say("ana", "general", "@summitbot how many soldiers have died?"), "article")
	w.answerTo(w.say("ana", "elsewhere/general", "@summitbot will sanctions be eased?"), "[1]")
	if _, err := w.server.Command("ben", "general", "report", nil); err == nil {
		t.Error("a member who manages nothing may use the command")
	}
	w.showReport("null") // as a server's settings can
	m := w.command("ben", "general", "report", nil)
	w.holds(m, "Only those who manage this server")
	if !m.Ephemeral() || strings.Contains(m.Text(), "questions") || len(m.Attachments) > 0 {
		t.Errorf("a member to whom the server shows the command is told %s", m.Text())
	}
	w.showReport(`"32"`)
	if err := w.server.Permit("ana", "", []string{"MANAGE_GUILD"}, nil); err != nil {
		t.Fatal(err)
	}
	m = w.command("ana", "general", "report", map[string]any{"days": 1})
	w.holds(m, "2 questions")
	if strings.Contains(m.Text(), "sanctions") {
		t.Error("what was asked in another server is told")
	}
	if !m.Ephemeral() {
		t.Error("all members see it")
	}
	if len(m.Attachments) != 1 {
		t.Fatalf("it has %d files", len(m.Attachments))
	}
	resp, err := http.Get(m.Attachments[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil || picture.Bounds().Dx() < 800 {
		t.Errorf("the picture is %d bytes, %v", len(data), err)
	}
}

// showReport sets which permissions a member needs to be shown /report.
func (w *world) showReport(permissions string) {
	w.Helper()
	rest := func(method, path, body string) []byte {
		r := httptest.NewRequestWithContext(w.Context(), method, "http://127.0.0.1/api/v10"+commandsOf+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bot "+botToken)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.server.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			w.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		return rec.Body.Bytes()
	}
	var all []struct{ ID, Name string }
	if err := json.Unmarshal(rest("GET", "", ""), &all); err != nil {
		w.Fatal(err)
	}
	for _, c := range all {
		if c.Name == "report" {
			rest("PATCH", "/"+c.ID, `{"default_member_permissions": `+permissions+`}`)
			return
		}
	}
	w.Fatal("/report is not registered")
}
