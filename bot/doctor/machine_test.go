package doctor

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"summitbot/bot/store"
)

func TestDoctorDisk(t *testing.T) {
	t.Parallel()
	for free, want := range map[uint64]Status{0: Fault, 10 << 20: Fault, 100 << 20: Warning, 1 << 40: OK} {
		if got := room(free); got != want || (roomMends[got] == "") != (want == OK) {
			t.Errorf("%s: %s, %q", size(free), got, roomMends[got])
		}
	}
}

// A disk that is full is no matter of rights, and the other way round.
func TestDoctorMendsFolders(t *testing.T) {
	t.Parallel()
	for cause, says := range map[error]string{
		syscall.ENOSPC: "make room there", syscall.EDQUOT: "quota", syscall.EROFS: "can only be read", syscall.EACCES: "let the user that runs serve write there",
	} {
		err := errors.Join(&os.PathError{Op: "write", Path: "data/file", Err: cause}, nil)
		if got := folderMend(err); !strings.Contains(got, says) {
			t.Errorf("%v: %s", cause, got)
		}
	}
}

func TestDoctorJudgesDatabases(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state store.State
		err   error
		as    Status
		says  string
	}{
		"none":    {store.State{Known: 2}, nil, OK, "serve makes its tables"},
		"whole":   {store.State{Made: true, Version: 2, Known: 2}, nil, OK, "is whole"},
		"waiting": {store.State{Made: true, Version: 2, Known: 2, Waiting: 3}, nil, OK, "wait for an answer: 3"},
		"older":   {store.State{Made: true, Version: 1, Known: 2}, nil, OK, "from version 1 to 2"},
		"newer":   {store.State{Made: true, Version: 9, Known: 2}, nil, Fault, "run that release again"},
		"damaged": {store.State{Made: true}, fmt.Errorf("reading: %w", store.ErrDamaged), Fault, "move it away"},
		"useless": {store.State{}, fmt.Errorf("opening: %w", &store.Trouble{Found: "found", Mend: "how to mend it", Cause: errors.New("no")}), Fault, "found (no)how to mend it"},
		"denied":  {store.State{Made: true}, errors.New("permission denied"), Fault, "read and write it"},
	} {
		got := new(doctor).stateOf(c.state, c.err)
		if got.Status != c.as || !strings.Contains(got.Found+got.Mend, c.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
