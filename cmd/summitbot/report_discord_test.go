package main

import (
	"bytes"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"summitbot/bot/testserver"
)

// Who manages a server sees what was asked there, and not elsewhere: alone,
// with a picture of the article. Others do not see the command.
func TestReportOnDiscord(t *testing.T) {
	t.Parallel()
	w := start(t, testserver.Faults{})
	w.answerTo(w.say("ana", "general", why), alaska)
	w.answerTo(w.say("ana", "general", "@summitbot how many soldiers have died?"), "article")
	w.answerTo(w.say("ana", "elsewhere/general", "@summitbot will sanctions be eased?"), "[1]")
	if _, err := w.server.Command("ben", "general", "report", nil); err == nil {
		t.Error("a member who manages nothing may use the command")
	}
	if err := w.server.Permit("ana", "", []string{"MANAGE_GUILD"}, nil); err != nil {
		t.Fatal(err)
	}
	m := w.command("ana", "general", "report", map[string]any{"days": 1})
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
