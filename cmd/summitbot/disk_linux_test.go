package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"summitbot/bot/store/storetest"
	"summitbot/bot/testserver"
)

// /readyz and the metric of it tell the truth while the disk is full, while
// another file has the database's place, and when that is over; and that what
// was deleted is put back.
func TestReadyTellsOfTheDisk(t *testing.T) {
	t.Parallel()
	folder := storetest.SmallDisk(t, 8<<20)
	w, address := measuring(t, testserver.Faults{}, "DATA_DIR="+folder)
	writable := func() {
		t.Helper()
		awaitPage(t, address+"/readyz", http.StatusOK, "store: writable")
		awaitPage(t, address+"/metrics", http.StatusOK, "summitbot_store_writable 1\n")
	}
	not := func() {
		t.Helper()
		awaitPage(t, address+"/readyz", http.StatusServiceUnavailable, "store: not writable")
		awaitPage(t, address+"/metrics", http.StatusOK, "summitbot_store_writable 0\n")
		w.answerTo(w.say("ana", "general", why), alaska)
	}
	writable()
	empty := storetest.Fill(t, folder)
	not()
	empty()
	writable()

	name := filepath.Join(folder, databaseFile)
	for _, err := range []error{os.Link(name, name+".away"), os.WriteFile(name+".other", nil, 0o600), os.Rename(name+".other", name)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	not()
	if err := os.Rename(name+".away", name); err != nil {
		t.Fatal(err)
	}
	writable()

	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	w.await(w.stderr, "it is put back, and nothing is lost", 1)
	writable()
	w.signal(os.Interrupt)
	w.exits(exitOK)
}
