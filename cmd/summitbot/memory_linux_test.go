package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// What is let go of is out of memory, and comes back when it is used.
func TestLetGo(t *testing.T) {
	held := func() int { // KB of files
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(status), "RssFile:")
		kb, err := strconv.Atoi(strings.Fields(after)[0])
		if err != nil {
			t.Fatal(err)
		}
		return kb
	}
	before := held()
	if err := letGo(); err != nil {
		t.Fatal(err)
	}
	if after := held(); after >= before {
		t.Errorf("%d KB of files were in memory, and are %d", before, after)
	}
	if helpText() == "" {
		t.Error("the program is gone")
	}
}
